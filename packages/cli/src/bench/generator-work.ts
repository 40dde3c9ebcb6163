import { blockResolutions, blockSize, channelsAt, type StyleGan2Config } from '@autodrag/stylegan2';

/**
 * Floating point operations of one picture: a multiplication and an addition are two. Convolutions, styles, RGB layers
 * and mapping; a layer that doubles the resolution as what it is in the paper, a transposed convolution (a backend may
 * choose a form with four times the multiplications). Passes over activations are not counted.
 */
export function generatorWork(config: StyleGan2Config): number {
  const { wDim, zDim, cDim, mappingLayers, imageChannels, architecture } = config;
  let multiplications = mappingLayers * wDim * wDim + (zDim - wDim) * wDim + (cDim > 0 ? (cDim + wDim) * wDim : 0);
  const heights = blockResolutions(config);
  heights.forEach((height, i) => {
    const [, width] = blockSize(config, height);
    const pixels = height * width;
    const outputs = channelsAt(config, height);
    const last = i === heights.length - 1;
    if (i > 0) {
      const inputs = channelsAt(config, heights[i - 1] as number);
      multiplications += (pixels / 4) * 9 * inputs * outputs + pixels * 16 * outputs + wDim * inputs;
      if (architecture === 'resnet') multiplications += (pixels / 4) * inputs * outputs;
    }
    multiplications += pixels * 9 * outputs * outputs + wDim * outputs;
    if (last || architecture === 'skip') multiplications += pixels * outputs * imageChannels + wDim * outputs;
  });
  return 2 * multiplications;
}
