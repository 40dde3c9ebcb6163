import { ImageDecodeError } from '../errors.js';
import { importNode, inNode } from '../import-node.js';
import type { PixelImage } from './image-like.js';

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

async function decodeWithSharp(source: string | URL | Uint8Array): Promise<PixelImage> {
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

async function decodeWithBrowser(source: string | URL | Uint8Array): Promise<PixelImage> {
  let blob: Blob;
  if (source instanceof Uint8Array) blob = new Blob([source as Uint8Array<ArrayBuffer>]);
  else {
    const response = await fetch(source);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    blob = await response.blob();
  }
  const bitmap = await createImageBitmap(blob);
  try {
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no 2d canvas');
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/**
 * Reads an image file: in Node with `sharp` (an optional package, loaded when first used), in browsers with
 * `createImageBitmap`.
 *
 * @param source path, address, or the bytes of a file
 * @returns 8-bit pixels
 * @throws ImageDecodeError if sharp is missing, or the file is missing or is no image
 */
export async function decodeImage(source: string | URL | Uint8Array): Promise<PixelImage> {
  const what = source instanceof Uint8Array ? `${source.length} bytes` : `'${String(source).slice(0, 200)}'`;
  const refuse = (reason: string, cause?: unknown) =>
    new ImageDecodeError(
      `decodeImage: ${what}: expected an image file (PNG, JPEG or WebP, for example), but ${reason}.`,
      { cause },
    );
  if (source instanceof Uint8Array && source.length === 0) throw refuse('there is nothing in it');
  try {
    return await (inNode() ? decodeWithSharp(source) : decodeWithBrowser(source));
  } catch (cause) {
    if (cause instanceof ImageDecodeError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(/is empty|empty file/i.test(reason) ? 'there is nothing in it' : reason, cause);
  }
}
