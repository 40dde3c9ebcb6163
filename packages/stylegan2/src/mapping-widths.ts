import type { StyleGan2Config } from './config.js';

export type MappingWidths = {
  /** Of the embedded condition; 0 for an unconditional generator. */
  readonly embed: number;
  /** What goes into each mapping layer, and last what leaves them: `mappingLayers + 1` numbers. */
  readonly widths: readonly number[];
};

/** Widths along the mapping network: z (and the embedded condition), then `layerFeatures` between layers, then w. */
export function mappingWidths(config: StyleGan2Config): MappingWidths {
  const { zDim, wDim, cDim, mappingLayers } = config;
  const embed = cDim > 0 ? (config.embedFeatures ?? wDim) : 0;
  const hidden = Array.from({ length: mappingLayers - 1 }, () => config.layerFeatures ?? wDim);
  return { embed, widths: [zDim + embed, ...hidden, wDim] };
}
