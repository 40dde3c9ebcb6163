import { ImageDecodeError } from '../errors.js';
import type { PixelImage } from '../image/image-like.js';
import { importNode } from './import-node.js';

/** The part of sharp that is used here; sharp is optional and not a dependency. */
type Sharp = (
  input: string | Uint8Array,
  options?: { limitInputPixels?: number },
) => {
  rotate(): ReturnType<Sharp>;
  toColourspace(space: 'srgb'): ReturnType<Sharp>;
  removeAlpha(): ReturnType<Sharp>;
  raw(): ReturnType<Sharp>;
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Uint8Array;
    info: { width: number; height: number; channels: number };
  }>;
};

async function loadSharp(): Promise<Sharp> {
  try {
    return (await importNode<{ default: Sharp }>('sharp')).default;
  } catch (cause) {
    throw new ImageDecodeError(
      "decodeImage: reading image files in Node needs the package 'sharp'. Install it (npm install sharp), or pass `decode`, or pass pixels.",
      { cause },
    );
  }
}

/**
 * Reads an image file with sharp.
 *
 * @throws ImageDecodeError if sharp is missing; whatever sharp or the file system say
 */
export async function decodeWithSharp(source: string | URL | Uint8Array): Promise<PixelImage> {
  const sharp = await loadSharp();
  let input: string | Uint8Array;
  if (source instanceof URL || (typeof source === 'string' && /^(file|https?|data):/.test(source))) {
    const url = new URL(source);
    if (url.protocol === 'file:') {
      const { fileURLToPath } = await importNode<typeof import('node:url')>('node:url');
      input = fileURLToPath(url);
    } else {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      input = new Uint8Array(await response.arrayBuffer());
    }
  } else input = source;
  const { data, info } = await sharp(input)
    .rotate() // as the camera held it
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    width: info.width,
    height: info.height,
  };
}
