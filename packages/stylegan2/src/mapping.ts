import { matchShape, printable } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { StyleGan2Config } from './config.js';
import { StyleGan2ConfigError } from './errors.js';
import { numWs } from './num-ws.js';
import { fullyConnected } from './ops/fully-connected.js';
import { leakyRelu } from './ops/leaky-relu.js';
import { normalizeSecondMoment } from './ops/normalize-second-moment.js';
import type { StyleGan2Parameters } from './parameters.js';

export type MappingOptions = {
  /**
   * Truncation: w is pulled towards the mean, `wAvg + psi (w − wAvg)`. 1 changes nothing.
   * @default 1
   */
  truncationPsi?: number;
  /**
   * Truncate only so many leading layers; `null` for all.
   * @default null
   */
  truncationCutoff?: number | null;
  /** Condition, `[N, cDim]`; required if the generator has one. */
  c?: tf.Tensor2D;
};

/**
 * The mapping network: `z → w`, the same w for every layer.
 * Differentiable in the parameters and in z. Karras et al. 2019, section 2; truncation: its section 3 and appendix B.
 *
 * @param parameters `buffers` are read only where truncation changes something
 * @param z `[N, zDim]`
 * @returns `[N, numWs, wDim]`
 * @throws ShapeError if z or c do not fit; StyleGan2ConfigError if a condition is missing or not wanted
 */
export function mapping(
  parameters: Pick<StyleGan2Parameters, 'mapping'> & Partial<Pick<StyleGan2Parameters, 'buffers'>>,
  config: StyleGan2Config,
  z: tf.Tensor2D,
  { truncationPsi = 1, truncationCutoff = null, c }: MappingOptions = {},
): tf.Tensor3D {
  const { N } = matchShape(z.shape, ['N', config.zDim], 'mapping: z');
  if (config.cDim > 0 !== (c !== undefined)) {
    throw new StyleGan2ConfigError(
      config.cDim > 0
        ? `mapping: the generator is conditional: pass { c } of shape [${N}, ${config.cDim}]`
        : 'mapping: the generator is unconditional: do not pass { c }',
    );
  }
  if (c) matchShape(c.shape, [N!, config.cDim], 'mapping: c');
  if (!Number.isFinite(truncationPsi)) {
    throw new StyleGan2ConfigError(`mapping: truncationPsi: expected a finite number, got ${printable(truncationPsi)}`);
  }
  if (truncationCutoff !== null && !(Number.isInteger(truncationCutoff) && truncationCutoff >= 0)) {
    const got = printable(truncationCutoff);
    throw new StyleGan2ConfigError(`mapping: truncationCutoff: expected an integer, 0 or more, or null, got ${got}`);
  }
  return tf.tidy(() => {
    let x = normalizeSecondMoment(z);
    if (c && parameters.mapping.embed) {
      const embedded = fullyConnected(parameters.mapping.embed, c, { gain: 1 / Math.sqrt(config.cDim), biasGain: 1 });
      x = tf.concat([x, normalizeSecondMoment(embedded)], 1);
    }
    for (const layer of parameters.mapping.layers) {
      // sqrt(2) · lrelu(a) = lrelu(sqrt(2) · a): the gain of the activation goes into the two others
      const gain = Math.SQRT2 * config.mappingLrMultiplier;
      const inputs = layer.weight.shape[0];
      x = leakyRelu(fullyConnected(layer, x, { gain: gain / Math.sqrt(inputs), biasGain: gain }));
    }
    const layers = numWs(config);
    const w = tf.expandDims(x, 1) as tf.Tensor3D; // [N, 1, wDim]
    if (truncationPsi === 1 || truncationCutoff === 0) return tf.tile(w, [1, layers, 1]);
    if (!parameters.buffers) {
      throw new StyleGan2ConfigError('mapping: truncation needs the mean of w: pass parameters with their buffers');
    }
    const mean = parameters.buffers.wAvg;
    const truncated = tf.add(mean, tf.mul(tf.sub(w, mean), truncationPsi)) as tf.Tensor3D;
    const cutoff = Math.min(truncationCutoff ?? layers, layers);
    if (cutoff === layers) return tf.tile(truncated, [1, layers, 1]);
    return tf.concat([tf.tile(truncated, [1, cutoff, 1]), tf.tile(w, [1, layers - cutoff, 1])], 1);
  });
}
