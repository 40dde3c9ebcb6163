import { encoderOnHost, type Host, type HostMatrix, linearOnHost } from '@autodrag/nn/host';
import * as tf from '@tensorflow/tfjs-core';
import { heightAndWidth, type LatentPredictorConfig, stemGrid } from './config.js';
import type { LatentPredictor } from './create-latent-predictor.js';
import { foldStandardization } from './fold-standardization.js';
import { fourierOnHost } from './fourier-on-host.js';
import type { PointPair } from './pack-points.js';
import { patchOnHost } from './patch-on-host.js';
import { placedOnHost } from './placed.js';

/** What is known of a picture whatever the points: its feature map, and the tokens of its grid before the encoder. */
export type HostScene = { readonly features: Float32Array; readonly grid: Float32Array };

export type HostEncoder = {
  /** @param features `[h * w * featureChannels]`, the feature map of the start code; kept */
  scene(features: Float32Array): HostScene;
  /** The tokens of `encodeMemory` for one drag, `[S * width]`: grid, handles, targets. None is padding. */
  encode(scene: HostScene, points: readonly PointPair[]): Float32Array;
};

type Convolution = { readonly weight: HostMatrix; readonly bias: Float32Array };
type Place = readonly [x: number, y: number];

/** `encodeMemory` for one drag in ordinary memory: see `Host`. */
export async function createEncoderOnHost(
  host: Host,
  { parameters, config }: Pick<LatentPredictor, 'parameters' | 'config'>,
): Promise<HostEncoder> {
  const { position, pair, role, encoder } = parameters;
  const own = await host.upload({ position, pair, role, encoder });
  const patch = await uploadPatch(host, parameters);
  const stem = await uploadStem(host, parameters);
  const { width, heads, featureChannels, patchSize, fourierFrequencies, imageResolution } = config;
  const [imageHeight, imageWidth] = heightAndWidth(imageResolution);
  const [mapHeight, mapWidth] = heightAndWidth(config.featureResolution);
  const map = { height: mapHeight, width: mapWidth, channels: featureChannels };
  const placed = placedOnHost(imageResolution);
  const features = (rows: readonly (readonly number[])[]) => fourierOnHost(rows, fourierFrequencies);
  const { halvings, grid } = stemGrid(config);
  const [gridRows, gridColumns] = grid;
  const centres = Array.from({ length: gridRows * gridColumns }, (_, k) =>
    placed(
      (((k % gridColumns) + 0.5) * imageWidth) / gridColumns - 0.5,
      ((Math.floor(k / gridColumns) + 0.5) * imageHeight) / gridRows - 0.5,
    ),
  );
  const ofGrid = linearOnHost(host, own.position, features(centres));

  const pointTokens = (values: Float32Array, points: readonly PointPair[]): Float32Array => {
    const ends = [...points.map(({ handle }) => handle), ...points.map(({ target }) => target)];
    const size = patchSize * patchSize * featureChannels;
    const patches = new Float32Array(ends.length * size);
    for (const [k, { x, y }] of ends.entries()) {
      const place = { x: ((x + 0.5) * mapWidth) / imageWidth - 0.5, y: ((y + 0.5) * mapHeight) / imageHeight - 0.5 };
      patchOnHost(values, map, place, patchSize, patches.subarray(k * size, (k + 1) * size));
    }
    const from = points.map(({ handle }) => placed(handle.x, handle.y));
    const to = points.map(({ target }) => placed(target.x, target.y));
    const moves = from.map(([x, y], k): Place => [to[k]![0] - x, to[k]![1] - y]);
    const partners = [...to, ...from].map((partner, k) => [...partner, ...moves[k % points.length]!]);
    const tokens = linearOnHost(host, patch, patches);
    const placeTokens = linearOnHost(host, own.position, features([...from, ...to]));
    const pairTokens = linearOnHost(host, own.pair, features(partners));
    for (let k = 0, i = 0; k < ends.length; k++) {
      const role = k < points.length ? 0 : width;
      for (let c = 0; c < width; c++, i++) tokens[i]! += placeTokens[i]! + pairTokens[i]! + own.role[role + c]!;
    }
    return tokens;
  };

  return {
    scene(values) {
      let x = values;
      let size = map;
      for (const [k, convolution] of stem.entries()) {
        const { result, ...next } = convolve(host, convolution, x, { ...size, stride: halvings > 0 ? 2 : 1 });
        if (k < stem.length - 1) for (let i = 0; i < result.length; i++) if (result[i]! < 0) result[i] = 0;
        x = result;
        size = next;
      }
      return { features: values, grid: x.map((value, i) => value + ofGrid[i]!) };
    },
    encode(scene, points) {
      const all = new Float32Array((centres.length + 2 * points.length) * width);
      all.set(scene.grid);
      if (points.length > 0) all.set(pointTokens(scene.features, points), scene.grid.length);
      return encoderOnHost(host, own.encoder, all, { heads });
    },
  };
}

/** The linear layer of a patch with its standardisation folded in, `(x − average) / std`. */
async function uploadPatch(host: Host, parameters: LatentPredictor['parameters']): Promise<Convolution> {
  const { weight, bias } = parameters.patch;
  const { average, std } = parameters.statistics.features;
  const folded = tf.tidy(() => {
    const [inputs, outputs] = weight.shape;
    const scaled = tf.div(tf.reshape(weight, [-1, std.size, outputs]), tf.expandDims(std, 1));
    const shift = tf.sum(tf.mul(scaled, tf.expandDims(average, 1)), [0, 1]);
    return {
      weight: tf.reshape(scaled, [inputs, outputs]) as tf.Tensor2D,
      bias: tf.sub(bias ?? 0, shift) as tf.Tensor1D,
    };
  });
  try {
    return await host.upload(folded);
  } finally {
    tf.dispose(folded);
  }
}

/** Convolutions as matrices `[9 in, out]`. */
async function uploadStem(host: Host, parameters: LatentPredictor['parameters']): Promise<readonly Convolution[]> {
  const convolutions = parameters.stem.map((_, k) =>
    tf.tidy(() => {
      const { weight, bias } = foldStandardization(parameters, k);
      const [, , inputs, outputs] = weight.shape;
      return { weight: tf.reshape(weight, [9 * inputs, outputs]) as tf.Tensor2D, bias: tf.clone(bias) };
    }),
  );
  try {
    return await Promise.all(convolutions.map((convolution) => host.upload(convolution)));
  } finally {
    tf.dispose(convolutions);
  }
}

type Map = { readonly height: number; readonly width: number; readonly channels: number };

/** Pixels whose surroundings are copied at once, about: few enough for the caches. */
const rowsAtOnce = 96;

/** A 3×3 convolution with padding 'same': as one product of a matrix whose rows are the nine pixels around each. */
function convolve(
  host: Host,
  { weight, bias }: Convolution,
  x: Float32Array,
  { height, width, channels, stride }: Map & { stride: number },
): Map & { result: Float32Array } {
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const before = (outputs: number, inputs: number) => Math.floor(Math.max((outputs - 1) * stride + 3 - inputs, 0) / 2);
  const [top, left] = [before(rows, height), before(columns, width)];
  const result = new Float32Array(rows * columns * bias.length);
  const line = columns * 9 * channels;
  const atOnce = Math.min(rows, Math.ceil(rowsAtOnce / columns));
  for (let first = 0; first < rows; first += atOnce) {
    const count = Math.min(atOnce, rows - first);
    const pixels = new Float32Array(count * line);
    for (let row = first; row < first + count; row++) {
      for (let column = 0; column < columns; column++) {
        const begin = column * stride - left;
        const [from, to] = [Math.max(begin, 0), Math.min(begin + 3, width)];
        for (let tap = 0; tap < 3; tap++) {
          const y = row * stride - top + tap;
          if (y < 0 || y >= height) continue;
          const source = x.subarray((y * width + from) * channels, (y * width + to) * channels);
          pixels.set(source, (row - first) * line + ((column * 3 + tap) * 3 + from - begin) * channels);
        }
      }
    }
    result.set(host.multiply(weight, pixels, bias), first * columns * bias.length);
  }
  return { result, height: rows, width: columns, channels: bias.length };
}

/** Multiplications for the grid of a picture: see `rolloutWork`. */
export function encodeWork(config: LatentPredictorConfig): number {
  const { halvings, grid } = stemGrid(config);
  const cells = grid[0] * grid[1];
  const { featureChannels, stemChannels, width, feedForward, encoderLayers } = config;
  let stem = 0;
  for (let k = 0; k < Math.max(1, halvings); k++) {
    const [inputs, outputs] = [k === 0 ? featureChannels : stemChannels, k < halvings - 1 ? stemChannels : width];
    stem += cells * 4 ** Math.max(0, halvings - 1 - k) * 9 * inputs * outputs;
  }
  return stem + cells * encoderLayers * (4 * width * width + 2 * width * feedForward + 2 * cells * width);
}
