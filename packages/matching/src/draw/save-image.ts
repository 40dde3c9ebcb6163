import { ImageDecodeError } from '../errors.js';
import { importNode } from '../node/import-node.js';
import type { RgbaImage } from './draw-matches.js';

/** The part of sharp that is used here. */
type Sharp = (
  data: Uint8ClampedArray,
  options: { raw: { width: number; height: number; channels: 4 } },
) => { toFile(path: string): Promise<unknown> };

/**
 * Writes a picture to a file in Node; its name's ending chooses the format (.png, .webp, .jpg).
 *
 * @throws ImageDecodeError if the optional package sharp is missing, or the file cannot be written
 */
export async function saveImage(path: string, { data, width, height }: RgbaImage): Promise<void> {
  let sharp: Sharp;
  try {
    sharp = (await importNode<{ default: Sharp }>('sharp')).default;
  } catch (cause) {
    throw new ImageDecodeError("saveImage: needs the package 'sharp'. Install it: npm install sharp", { cause });
  }
  try {
    await sharp(data, { raw: { width, height, channels: 4 } }).toFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageDecodeError(`saveImage: ${path}: ${reason}`, { cause });
  }
}
