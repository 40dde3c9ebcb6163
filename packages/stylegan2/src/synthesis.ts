import { matchShape, printable, quote } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { activationGain } from './activation-gain.js';
import { blockResolutions } from './block-resolutions.js';
import { blockSize } from './block-size.js';
import type { StyleGan2Config } from './config.js';
import { StyleGan2ConfigError } from './errors.js';
import { nextImage } from './next-image.js';
import { numWs } from './num-ws.js';
import { recordsGradients } from './ops/styled-convolution.js';
import type { StyleGan2Parameters } from './parameters.js';
import { type PreparedSynthesis, prepareLayer } from './prepare-synthesis.js';
import { colourStyle, layerStyle, plain, type Scaled, shortcutOf, synthesisLayer } from './synthesis-layer.js';
import { nodeBackend, tensorFlowOps } from './tensorflow/node-backend.js';
import { stylesOf } from './tensorflow/prepared-styles.js';

/** Which noise the layers add: the fixed maps of the checkpoint, none, or fresh noise per sample. */
export type NoiseMode = 'const' | 'none' | 'random';

/** Where a synthesis stands after a block. */
export type SynthesisState = {
  /** Height of the last block that has run */
  readonly resolution: number;
  /** Features that left it, `[N, height, width, C]` */
  readonly x: tf.Tensor4D;
  /**
   * RGB image so far, `[N, height, width, imageChannels]`; `null` for other architectures than `skip`, or if no image
   * was wanted
   */
  readonly rgb: tf.Tensor4D | null;
};

export type SynthesisOptions = {
  /** @default 'const' */
  noise?: NoiseMode;
  /** Seed for noise `'random'`; without one it differs from call to call. */
  seed?: number;
  /**
   * Heights of the blocks whose features are returned.
   * @default []
   */
  features?: readonly number[];
  /**
   * Heights of the blocks whose RGB image is returned in `images` (architecture `skip` only).
   * @default []
   */
  images?: readonly number[];
  /**
   * Whether an image is wanted at all; without it no RGB layer runs.
   * @default true
   */
  image?: boolean;
  /**
   * Height of the last block to run.
   * @default the last block; with `image: false` the highest one in `features`
   */
  until?: number;
  /** Start after a block that has run, instead of at the constant. */
  from?: SynthesisState;
  /** What `prepareSynthesis` made of the same parameters, to save doing it in each call. */
  prepared?: PreparedSynthesis;
};

export type SynthesisResult = {
  /**
   * `[N, height, width, imageChannels]` at the height of the last block run; `null` with `image: false`, or if that
   * block has no RGB layer
   */
  readonly image: tf.Tensor4D | null;
  /** By height of the block: `[N, height, width, C]` */
  readonly features: Record<number, tf.Tensor4D>;
  /** By height of the block: `[N, height, width, imageChannels]` */
  readonly images: Record<number, tf.Tensor4D>;
};

/**
 * The synthesis network, `ws → image`, with features of any block on the way. It runs no block after the last one
 * that is asked for, and starts after `from` if given: the features of a block depend on `numWsAt(config, height)`
 * layers of `ws` only. Differentiable in the parameters, in `ws` and in `from`. Karras et al. 2020, section 2.
 *
 * @param parameters `buffers` are read only with noise `'const'`
 * @param ws `[N, numWs, wDim]`
 * @throws ShapeError if `ws` does not fit; StyleGan2ConfigError if a height is not that of a block, or fixed noise is
 * missing
 */
export function synthesis(
  parameters: Pick<StyleGan2Parameters, 'synthesis'> & Partial<Pick<StyleGan2Parameters, 'buffers'>>,
  config: StyleGan2Config,
  ws: tf.Tensor3D,
  options: SynthesisOptions = {},
): SynthesisResult {
  const plan = planOf(config, options);
  const { noise = 'const', seed, from, prepared } = options;
  const { N } = matchShape(ws.shape, ['N', numWs(config), config.wDim], 'synthesis: ws');
  if (from) matchShape(from.x.shape, [N!, 'height', 'width', 'C'], 'synthesis: from.x');
  checkNoise(noise, seed);
  if (noise === 'const' && !parameters.buffers) {
    throw new StyleGan2ConfigError(
      "synthesis: noise 'const' needs the noise maps: pass parameters with their buffers, or noise 'none'",
    );
  }
  const run = () => {
    const styling = prepared !== undefined && prepared.backend === tf.getBackend() && !recordsGradients();
    const styles = styling && prepared.styles ? stylesOf(prepared.styles, parameters.synthesis, ws) : null;
    const ops = styles ? tensorFlowOps(nodeBackend()!) : null;
    // all styles use gain 1 / sqrt(wDim): once on ws instead of on every weight
    const w = styles ? [] : (tf.unstack(tf.mul(ws, 1 / Math.sqrt(config.wDim)), 1) as tf.Tensor2D[]); // [N, wDim] each
    const random = noiseSource(seed);
    const features: Record<number, tf.Tensor4D> = {};
    const images: Record<number, tf.Tensor4D> = {};
    let x: Scaled = { x: from?.x ?? parameters.synthesis.constant, scale: null };
    let rgb: tf.Tensor4D | null = from?.rgb ?? null;
    // activations are freed as soon as the next ones are there: memory that is still warm is used again
    const kept = new Set<tf.Tensor | null>([x.x, rgb]);
    const advance = (next: () => Scaled): void => {
      const before = x;
      x = tidy(next);
      if (before.x !== x.x && !kept.has(before.x)) before.x.dispose();
      if (before.scale !== x.scale) before.scale?.dispose();
    };

    for (let i = plan.first; i <= plan.last; i++) {
      const block = parameters.synthesis.blocks[i]!;
      const resolution = plan.resolutions[i]!;
      const shape = blockSize(config, resolution);
      const layer = (name: 'conv0' | 'conv1', index: number): void =>
        advance(() => {
          const layerParameters = block[name]!;
          const up = name === 'conv0';
          const known = prepared?.blocks[i]?.[name];
          const usable = known && (known.kind !== 'styled' || styling);
          const layerPrepared = usable ? known : prepareLayer(layerParameters, up, undefined, known?.energy);
          const map =
            noise === 'const'
              ? parameters.buffers!.noise[i]![name]!
              : noise === 'random'
                ? random([N!, ...shape, 1], index)
                : null;
          const gain = activationGain(parameters.synthesis, i, name);
          const style = styles?.[i]?.[name] ?? layerStyle(layerParameters, layerPrepared.energy, w[index]!, gain);
          const layerOptions = { up, noise: map, ownNoise: noise === 'const', gain, clamp: config.convClamp };
          return synthesisLayer(layerParameters, layerPrepared, x, style, layerOptions);
        });
      const residual = config.architecture === 'resnet' && i > 0;
      const shortcut = residual ? shortcutOf(block.skip!.weight, plain(x)) : null;
      if (i > 0) layer('conv0', 2 * i - 1);
      layer('conv1', 2 * i);
      if (shortcut) advance(() => ({ x: tf.add(shortcut, plain(x)), scale: null }));

      if (plan.features.has(resolution)) {
        advance(() => ({ x: plain(x), scale: null }));
        features[resolution] = x.x;
        kept.add(x.x);
      }
      if (!plan.image || !(block.toRgb || rgb)) continue;
      const before: tf.Tensor4D | null = rgb;
      const { toRgb } = block;
      rgb = tf.tidy(() => {
        const style = toRgb && (styles?.[i]?.toRgb ?? colourStyle(toRgb, w[2 * i + 1]!));
        return nextImage(toRgb, { before, x, style, ops, oneKernel: styling, limit: config.convClamp });
      });
      if (before && !kept.has(before)) before.dispose();
      if (plan.images.has(resolution)) {
        images[resolution] = rgb;
        kept.add(rgb);
      }
    }
    return { image: rgb, features, images };
  };
  return tidy(run);
}

function checkNoise(noise: NoiseMode, seed: number | undefined): void {
  if (!['const', 'none', 'random'].includes(noise)) {
    throw new StyleGan2ConfigError(`synthesis: noise: expected 'const', 'none' or 'random', got ${quote(noise)}`);
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw new StyleGan2ConfigError(`synthesis: seed: expected an integer, got ${printable(seed)}`);
  }
}

/** `tf.tidy` for objects that may hold null. */
function tidy<T>(f: () => T): T {
  return tf.tidy(f as unknown as () => tf.Tensor) as unknown as T;
}

/** What to run: the first and last index of the blocks, and the wanted heights. */
function planOf(config: StyleGan2Config, { features = [], images = [], image = true, until, from }: SynthesisOptions) {
  const resolutions = blockResolutions(config);
  const indexOf = (resolution: number, option: string): number => {
    const index = resolutions.indexOf(resolution);
    if (index >= 0) return index;
    throw new StyleGan2ConfigError(
      `synthesis: ${option}: no block is called ${resolution}. There are: ${resolutions.join(', ')}`,
    );
  };
  const first = from ? indexOf(from.resolution, 'from') + 1 : 0;
  const wanted = features.map((resolution) => indexOf(resolution, 'features'));
  const wantedImages = images.map((resolution) => indexOf(resolution, 'images'));
  const last =
    until !== undefined
      ? indexOf(until, 'until')
      : image || wanted.length === 0
        ? resolutions.length - 1
        : Math.max(...wanted);
  for (const index of [...wanted, ...wantedImages]) {
    if (index < first || index > last) {
      throw new StyleGan2ConfigError(
        `synthesis: block ${resolutions[index]} does not run: from is ${from?.resolution ?? 'the constant'} and until is ${resolutions[last]}`,
      );
    }
  }
  if (wantedImages.length > 0 && (config.architecture !== 'skip' || !image)) {
    throw new StyleGan2ConfigError("synthesis: images need the architecture 'skip' and image: true");
  }
  if (from && image && config.architecture === 'skip' && from.rgb === null) {
    throw new StyleGan2ConfigError(
      'synthesis: from has no RGB image. Make the state with an image, or pass image: false',
    );
  }
  return { resolutions, first, last, image, features: new Set(features), images: new Set(images) };
}

/** Standard normal noise maps; seeded ones are drawn on the host and are the same on every backend. */
function noiseSource(seed: number | undefined): (shape: number[], layer: number) => tf.Tensor {
  return (shape, layer) =>
    tf.randomNormal(shape, 0, 1, 'float32', seed === undefined ? undefined : seed * 4096 + layer + 1);
}
