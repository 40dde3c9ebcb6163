import { disposeParameters } from '@autodrag/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { StyleGan2Config } from './config.js';
import { StyleGan2ConfigError } from './errors.js';
import { type MappingOptions, mapping } from './mapping.js';
import type { StyleGan2Parameters } from './parameters.js';
import { disposePreparedSynthesis, prepareSynthesis } from './prepare-synthesis.js';
import { type NoiseMode, type SynthesisState, synthesis } from './synthesis.js';

export type NoiseOptions = {
  /** @default 'const' */
  noise?: NoiseMode;
  /** Seed for noise `'random'`. */
  seed?: number;
};

export type PictureOptions = NoiseOptions & {
  /**
   * Height of the last block to run, for a smaller picture; only a `skip` architecture has any.
   * @default the last block
   */
  until?: number;
};

export type FeaturesOptions = NoiseOptions & {
  /**
   * Also the image, of the last block that runs.
   * @default false
   */
  image?: boolean;
  /**
   * Height of the last block to run, whose picture is the image then: a later call goes on `from` there.
   * @default the last block for an image, otherwise the highest of the features
   */
  until?: number;
  /** Go on from blocks that ran before, with `until`, instead of from the constant. */
  from?: SynthesisState;
};

export type FeaturesResult = {
  /** By height of the block, `[N, height, width, C]` */
  readonly features: Record<number, tf.Tensor4D>;
  /** `[N, height, width, imageChannels]`; `null` unless asked for, or if `until` has none */
  readonly image: tf.Tensor4D | null;
};

/**
 * A generator with frozen parameters. Differentiable in codes (z, w, ws), not in its parameters: to train
 * those, use `mapping` and `synthesis` themselves. Results are the caller's.
 */
export type Generator = {
  readonly config: StyleGan2Config;
  readonly parameters: StyleGan2Parameters;
  /** `[N, zDim]` to `[N, numWs, wDim]`; see `mapping` */
  mapping(z: tf.Tensor2D, options?: MappingOptions): tf.Tensor3D;
  /**
   * `[N, numWs, wDim]` to `[N, height, width, imageChannels]`, nominally in [-1, 1], not clamped
   *
   * @throws ShapeError; StyleGan2ConfigError if the block `until` has no picture
   */
  synthesis(ws: tf.Tensor3D, options?: PictureOptions): tf.Tensor4D;
  /**
   * Features that leave the blocks of the given heights; nothing after the highest one runs unless an image is wanted.
   */
  features(ws: tf.Tensor3D, resolutions: number | readonly number[], options?: FeaturesOptions): FeaturesResult;
  /** Frees the parameters and everything derived from them. */
  dispose(): void;
};

/**
 * A generator from its configuration and parameters, which it owns from now on. What depends on the
 * weights alone is computed here, once.
 */
export function createGenerator(config: StyleGan2Config, parameters: StyleGan2Parameters): Generator {
  const prepared = prepareSynthesis(parameters.synthesis, { buffers: parameters.buffers });
  const run: typeof synthesis = (p, c, ws, options) => synthesis(p, c, ws, { ...options, prepared });
  return {
    config,
    parameters,
    mapping: (z, options) => mapping(parameters, config, z, options),
    synthesis: (ws, { noise, seed, until } = {}) => {
      if (until !== undefined && until !== config.resolution && config.architecture !== 'skip') {
        throw new StyleGan2ConfigError("synthesis: until: only the architecture 'skip' has smaller pictures");
      }
      return run(parameters, config, ws, { noise, seed, until }).image!;
    },
    features: (ws, resolutions, { noise, seed, image = false, until, from } = {}) => {
      const features = typeof resolutions === 'number' ? [resolutions] : resolutions;
      const result = run(parameters, config, ws, { noise, seed, image, until, from, features });
      return { features: result.features, image: result.image };
    },
    dispose: () => {
      disposePreparedSynthesis(prepared);
      disposeParameters(parameters);
    },
  };
}
