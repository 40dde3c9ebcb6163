import type { StyleGan2Config } from './config.js';

/** Heights of the synthesis blocks, lowest first: `[4, 8, 16, …, resolution]`. */
export function blockResolutions(config: StyleGan2Config): number[] {
  const resolutions: number[] = [];
  for (let r = config.constSize[0]; r <= config.resolution; r *= 2) resolutions.push(r);
  return resolutions;
}
