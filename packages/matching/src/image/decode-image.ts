import { ImageDecodeError } from '../errors.js';
import { decodeWithSharp } from '../node/decode-with-sharp.js';
import { inNode } from '../node/import-node.js';
import type { PixelImage } from './image-like.js';

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
