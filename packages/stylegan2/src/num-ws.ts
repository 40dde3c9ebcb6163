import { blockResolutions } from './block-resolutions.js';
import type { StyleGan2Config } from './config.js';
import { StyleGan2ConfigError } from './errors.js';

/** Layers of a W+ code: two a block, `2·log2(resolution) − 2` for a 4×4 constant. 10 at 64, 18 at 1024. */
export function numWs(config: StyleGan2Config): number {
  return 2 * blockResolutions(config).length;
}

/**
 * How many leading layers of a W+ code decide the features that leave the block of this height
 * (and, for `image: true`, its RGB image): 2k + 1 for the k-th block counted from 0, and one more.
 */
export function numWsAt(config: StyleGan2Config, resolution: number, { image = false } = {}): number {
  const resolutions = blockResolutions(config);
  const index = resolutions.indexOf(resolution);
  if (index < 0) {
    throw new StyleGan2ConfigError(`numWsAt: no block is called ${resolution}. There are: ${resolutions.join(', ')}`);
  }
  return 2 * index + (image ? 2 : 1);
}
