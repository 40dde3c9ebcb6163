import { extname } from 'node:path';
import { quote } from '@autodrag/nn';
import { UsageError } from './command.js';
import { pictureFormat } from './node/images.js';

const pictures = new Set(['.png', '.jpg', '.jpeg', '.webp']);
/** Endings of files that people may ask for and that are not written here. */
const otherPictures = new Set('.apng .avif .bmp .gif .heic .jfif .jpe .jxl .pdf .ppm .svg .tga .tif .tiff'.split(' '));
const otherFiles = new Set('.json .pkl .pt .pth .safetensors .zip .mp4 .webm'.split(' '));

const endingOf = (path: string) => (/[\\/]$/.test(path) ? '' : extname(path).toLowerCase());

/**
 * Whether an output is one picture (its ending is one that we write) rather than a folder.
 *
 * @throws UsageError for a picture of a kind that we do not write: it would become a folder of that name
 */
export function namesPicture(command: string, out: string): boolean {
  const ending = endingOf(out);
  if (pictures.has(ending)) return true;
  if (!otherPictures.has(ending) && !otherFiles.has(ending)) return false;
  throw new UsageError(
    `${command}: --out: expected a folder, or a name that ends in .png, .jpg or .webp, got ${quote(out)}. ${quote(`${out}/`)} is a folder.`,
  );
}

/**
 * An output that is a folder.
 *
 * @throws UsageError for the name of a file: it would become a folder of that name
 */
export function folderName(command: string, out: string): string {
  const ending = endingOf(out);
  if (!pictures.has(ending) && !otherPictures.has(ending) && !otherFiles.has(ending)) return out;
  throw new UsageError(
    `${command}: --out: expected a folder, got ${quote(out)}. Give its name without the ending, or ${quote(`${out}/`)}.`,
  );
}

/**
 * An output that is a picture.
 *
 * @throws UsageError for any other name
 */
export function pictureName(command: string, out: string): string {
  try {
    pictureFormat(out);
    return out;
  } catch (error) {
    throw new UsageError(`${command}: --out: ${(error as Error).message.replace(/^write: /, '')}`, { cause: error });
  }
}
