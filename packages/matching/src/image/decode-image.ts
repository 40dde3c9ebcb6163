import { ImageDecodeError } from '../errors.js';
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

const inNode = () => typeof process !== 'undefined' && !!process.versions?.node;

async function loadSharp(): Promise<Sharp> {
  const name = 'sharp'; // a variable, so that bundlers for browsers do not look for it
  try {
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as { default: Sharp };
    return module.default;
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
      const { fileURLToPath } = await import(/* @vite-ignore */ 'node:url');
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
  try {
    return await (inNode() ? decodeWithSharp(source) : decodeWithBrowser(source));
  } catch (cause) {
    if (cause instanceof ImageDecodeError) throw cause;
    const what = source instanceof Uint8Array ? `${source.length} bytes` : String(source);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageDecodeError(`decodeImage: ${what.slice(0, 200)}: ${reason}`, { cause });
  }
}
