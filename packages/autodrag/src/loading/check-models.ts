import { heightAndWidth, type LatentPredictor } from '@autodrag/latent-predictor';
import type { LatentRegularizer } from '@autodrag/latent-regularizer';
import { blockSize, channelsAt, type Generator, numWs } from '@autodrag/stylegan2';
import { ModelError } from '../errors.js';

/**
 * Checks that a regularizer and a predictor were made for this generator.
 *
 * @throws ModelError naming what differs
 */
export function checkModels(
  generator: Generator,
  regularizer: LatentRegularizer | null,
  predictor: LatentPredictor | null,
): void {
  const layers = numWs(generator.config);
  const { wDim, resolution } = generator.config;
  const same = (model: string, what: string, got: unknown, expected: unknown) => {
    if (JSON.stringify(got) === JSON.stringify(expected)) return;
    throw new ModelError(
      `loadAutodrag: ${model}: it was made for another generator: ${what} is ${JSON.stringify(got)}, this generator has ${JSON.stringify(expected)}. Give the ${model} that was trained with this generator.`,
    );
  };
  if (regularizer) {
    same('regularizer', 'numWs', regularizer.config.numWs, layers);
    same('regularizer', 'wDim', regularizer.config.wDim, wDim);
  }
  if (predictor) {
    const { config } = predictor;
    const picture = blockSize(generator.config, resolution);
    same('predictor', 'numWs', config.numWs, layers);
    same('predictor', 'wDim', config.wDim, wDim);
    same('predictor', 'imageResolution', heightAndWidth(config.imageResolution), picture);
    const [height, width] = heightAndWidth(config.featureResolution);
    if (height > resolution || width !== blockSize(generator.config, height)[1]) {
      same('predictor', 'featureResolution', [height, width], picture);
    }
    same('predictor', 'featureChannels', config.featureChannels, channelsAt(generator.config, height));
  }
}
