import { matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { blockResolutions } from './block-resolutions.js';
import type { StyleGan2Config } from './config.js';
import { StyleGan2ConfigError } from './errors.js';
import { numWs } from './num-ws.js';
import { convolve } from './ops/convolve.js';
import { demodulation } from './ops/demodulation.js';
import { fullyConnected } from './ops/fully-connected.js';
import { leakyRelu } from './ops/leaky-relu.js';
import { upsampleFeatures } from './ops/upsample-features.js';
import { upsampleImage } from './ops/upsample-image.js';
import type {
  FullyConnectedParameters,
  StyleGan2Parameters,
  SynthesisLayerParameters,
  ToRgbParameters,
} from './parameters.js';
import { type PreparedLayer, type PreparedSynthesis, prepareLayer } from './prepare-synthesis.js';

/** Which noise the layers add: the fixed maps of the checkpoint, none, or fresh noise per sample. */
export type NoiseMode = 'const' | 'none' | 'random';

/** Where a synthesis stands after a block. */
export type SynthesisState = {
  /** Height of the last block that has run */
  readonly resolution: number;
  /** Features that left it, `[N, height, width, C]` */
  readonly x: tf.Tensor4D;
  /** RGB image so far, `[N, height, width, imageChannels]`; `null` for other architectures than `skip`, or if no image was wanted */
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
  /** `[N, height, width, imageChannels]` at the height of the last block run; `null` with `image: false`, or if that block has no RGB layer */
  readonly image: tf.Tensor4D | null;
  /** By height of the block: `[N, height, width, C]` */
  readonly features: Record<number, tf.Tensor4D>;
  /** By height of the block: `[N, height, width, imageChannels]` */
  readonly images: Record<number, tf.Tensor4D>;
};

/** Activations `x · scale`. The factor, `[N, 1, 1, C]` and positive, waits for the next multiplication. */
type Scaled = { readonly x: tf.Tensor4D; readonly scale: tf.Tensor4D | null };

/**
 * The synthesis network, `ws → image`, with features of any block on the way. It runs no block after the last one
 * that is asked for, and starts after `from` if given: the features of a block depend on `numWsAt(config, height)`
 * layers of `ws` only. Differentiable in the parameters, in `ws` and in `from`. Karras et al. 2020, section 2.
 *
 * @param parameters `buffers` are read only with noise `'const'`
 * @param ws `[N, numWs, wDim]`
 * @throws ShapeError if `ws` does not fit; StyleGan2ConfigError if a height is not that of a block, or fixed noise is missing
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
  if (noise === 'const' && !parameters.buffers) {
    throw new StyleGan2ConfigError(
      "synthesis: noise 'const' needs the noise maps: pass parameters with their buffers, or noise 'none'",
    );
  }
  const run = () => {
    // all styles use gain 1 / sqrt(wDim): once on ws instead of on every weight
    const w = tf.unstack(tf.mul(ws, 1 / Math.sqrt(config.wDim)), 1) as tf.Tensor2D[]; // numWs times [N, wDim]
    const random = noiseSource(seed);
    const features: Record<number, tf.Tensor4D> = {};
    const images: Record<number, tf.Tensor4D> = {};
    let x: Scaled = { x: from?.x ?? parameters.synthesis.constant, scale: null };
    let rgb: tf.Tensor4D | null = from?.rgb ?? null;

    for (let i = plan.first; i <= plan.last; i++) {
      const block = parameters.synthesis.blocks[i]!;
      const resolution = plan.resolutions[i]!;
      const shape: [number, number] = [resolution, (resolution / config.constSize[0]) * config.constSize[1]];
      const layer = (p: SynthesisLayerParameters, name: 'conv0' | 'conv1', index: number, gain: number): void => {
        const map =
          noise === 'const'
            ? parameters.buffers!.noise[i]![name]!
            : noise === 'random'
              ? random([N!, ...shape, 1], 2 * i + (name === 'conv1' ? 1 : 0))
              : null;
        x = synthesisLayer(p, prepared?.[i]?.[name] ?? prepareLayer(p, name === 'conv0'), x, w[index]!, {
          noise: map,
          gain,
          clamp: config.convClamp,
        });
      };
      const residual = config.architecture === 'resnet' && i > 0;
      const shortcut = residual ? shortcutOf(block.skip!.weight, plain(x)) : null;
      if (i > 0) layer(block.conv0!, 'conv0', 2 * i - 1, 1);
      layer(block.conv1, 'conv1', 2 * i, residual ? Math.SQRT1_2 : 1);
      if (shortcut) x = { x: tf.add(shortcut, plain(x)), scale: null };

      if (plan.features.has(resolution)) {
        x = { x: plain(x), scale: null };
        features[resolution] = x.x;
      }
      if (!plan.image) continue;
      if (rgb) rgb = upsampleImage(rgb);
      if (block.toRgb) {
        const colours = toRgb(block.toRgb, x, w[2 * i + 1]!, config.convClamp);
        rgb = (rgb ? tf.add(rgb, colours) : colours) as tf.Tensor4D;
        if (plan.images.has(resolution)) images[resolution] = rgb;
      }
    }
    return { image: rgb, features, images };
  };
  return tf.tidy(run as unknown as () => { [name: string]: tf.Tensor }) as unknown as SynthesisResult;
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

/** Style of the input channels, `[N, I]`; `w` has the gain already. */
function styleOf(affine: FullyConnectedParameters, w: tf.Tensor2D): tf.Tensor2D {
  return fullyConnected(affine, w, { gain: 1, biasGain: 1 });
}

function perChannel(values: tf.Tensor2D): tf.Tensor4D {
  return tf.reshape(values, [values.shape[0], 1, 1, values.shape[1]]);
}

function plain({ x, scale }: Scaled): tf.Tensor4D {
  return scale ? tf.mul(x, scale) : x;
}

function scaledBy({ x, scale }: Scaled, style: tf.Tensor2D): tf.Tensor4D {
  const factor = perChannel(style);
  return tf.mul(x, scale ? tf.mul(scale, factor) : factor);
}

type LayerOptions = { noise: tf.Tensor | null; gain: number; clamp: number | null };

/**
 * Modulated convolution, demodulation, noise, bias, leaky ReLU · √2, clamp.
 *
 * The style scales the input, the demodulation d the output: no weight per sample. Without noise,
 * `lrelu(d · y + b) = d · lrelu(y + b / d)` since d > 0, and the factor d waits for the next style: one pass less.
 */
function synthesisLayer(
  parameters: SynthesisLayerParameters,
  { kind, kernel, energy }: PreparedLayer,
  input: Scaled,
  w: tf.Tensor2D,
  { noise, gain, clamp }: LayerOptions,
): Scaled {
  const style = styleOf(parameters.affine, w); // [N, I]
  const d = demodulation(energy, style); // [N, O]
  const y = convolve(kind, scaledBy(input, style), kernel); // [N, height, width, O]
  const total = Math.SQRT2 * gain;

  let output: Scaled;
  if (noise) {
    const map = noise.rank === 2 ? tf.reshape(noise, [1, ...noise.shape, 1]) : noise;
    const shift = tf.add(tf.mul(map, tf.mul(parameters.noiseStrength, total)), tf.mul(parameters.bias, total));
    output = { x: leakyRelu(tf.add(tf.mul(y, perChannel(tf.mul(d, total) as tf.Tensor2D)), shift)), scale: null };
  } else {
    const shift = perChannel(tf.div(parameters.bias, d) as tf.Tensor2D); // [N, 1, 1, O]
    output = { x: leakyRelu(tf.add(y, shift)), scale: perChannel(tf.mul(d, total) as tf.Tensor2D) };
  }
  if (clamp === null) return output;
  const limit = clamp * gain;
  return { x: tf.clipByValue(plain(output), -limit, limit), scale: null };
}

/** 1×1 modulated convolution without demodulation; style gain 1 / sqrt(I). */
function toRgb(parameters: ToRgbParameters, input: Scaled, w: tf.Tensor2D, clamp: number | null): tf.Tensor4D {
  const style = tf.mul(styleOf(parameters.affine, w), 1 / Math.sqrt(parameters.weight.shape[2])) as tf.Tensor2D;
  const colours = tf.add(
    tf.conv2d(scaledBy(input, style), parameters.weight, 1, 'same'),
    parameters.bias,
  ) as tf.Tensor4D;
  return clamp === null ? colours : tf.clipByValue(colours, -clamp, clamp);
}

/** Shortcut of a residual block: 1×1 convolution of gain 1 / sqrt(I), doubled, times sqrt(1/2). */
function shortcutOf(weight: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
  const scaled = tf.mul(weight, Math.SQRT1_2 / Math.sqrt(weight.shape[2])) as tf.Tensor4D;
  return upsampleFeatures(tf.conv2d(x, scaled, 1, 'same'));
}

/** Standard normal noise maps; seeded ones are drawn on the host and are the same on every backend. */
function noiseSource(seed: number | undefined): (shape: number[], layer: number) => tf.Tensor {
  return (shape, layer) =>
    tf.randomNormal(shape, 0, 1, 'float32', seed === undefined ? undefined : seed * 4096 + layer + 1);
}
