import type { StyleGan2Config } from './config.js';

/** Height and width of what the block of this height makes: a square, unless the constant is none. */
export function blockSize(
  { constSize }: Pick<StyleGan2Config, 'constSize'>,
  resolution: number,
): [height: number, width: number] {
  return [resolution, (resolution / constSize[0]) * constSize[1]];
}
