import * as tf from '@tensorflow/tfjs-core';
import type { Generator } from '../src/index.js';

/** What is compared, as the limits of a fixture are named. */
export type Kind = 'ws' | 'images' | 'features';

export type ReferenceCase = {
  id: string;
  z?: string;
  truncation_psi?: number;
  noise_mode: 'const' | 'none';
  /** All layers; or `w`, the same for every layer. */
  ws?: string;
  w?: string;
  image: string | string[];
  features?: ({ resolution: number } & Partial<Record<FeatureView, string>>)[];
};

export type Manifest = {
  fixture: string;
  kind: 'stylegan2-nvidia-pkl' | 'stylegan2-rosinality-pt';
  arrays: { name: string; file: string; shape: number[] }[];
  cases: ReferenceCase[];
  suggestedMaxAbs: { ws?: number; w?: number; images: number; features: number };
};

export type ReferenceArray = { data: Float32Array; shape: number[] };

/** A folder of reference data. It is read in Node and in a browser. */
export type Reference = {
  readonly manifest: Manifest;
  /** The checkpoint. */
  weights(): Uint8Array<ArrayBuffer>;
  array(name: string): ReferenceArray;
};

/** How far one array is from the reference's. */
export type Difference = {
  readonly kind: Kind;
  readonly name: string;
  /** Largest absolute difference. */
  readonly difference: number;
  /** Largest absolute value expected. */
  readonly scale: number;
};

/** @param read the bytes of a file of the folder */
export function openReference(manifest: Manifest, read: (file: string) => Uint8Array<ArrayBuffer>): Reference {
  return {
    manifest,
    weights: () => read(weightsFile(manifest)),
    array: (wanted) => {
      const entry = manifest.arrays.find((candidate) => candidate.name === wanted);
      if (!entry) throw new Error(`${manifest.fixture} has no array ${wanted}`);
      const { buffer } = new Uint8Array(read(entry.file)); // a copy: aligned, and of its own
      const data = entry.file.endsWith('.f64.bin')
        ? Float32Array.from(new Float64Array(buffer))
        : new Float32Array(buffer);
      return { data, shape: entry.shape };
    },
  };
}

/** All files of a fixture that the repository keeps, but the manifest. */
export function filesOf(manifest: Manifest): string[] {
  return [
    weightsFile(manifest),
    ...manifest.arrays.filter(({ name }) => isKept(manifest, name)).map(({ file }) => file),
  ];
}

/** Codes (if the case begins with a z) and image of one case. */
export async function compareCase(
  generator: Generator,
  { manifest, array }: Reference,
  { z, truncation_psi, noise_mode, ws, w, image }: ReferenceCase,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const codes = codesOf(generator, array, { ws, w });
  if (z !== undefined) {
    const { data, shape } = array(z);
    const mapped = tf.tidy(() =>
      generator.mapping(tf.tensor2d(data, shape as [number, number]), { truncationPsi: truncation_psi }),
    );
    differences.push(differenceOf('ws', ws ?? w ?? '', await take(mapped), codes.data));
  }
  const actual = tf.tidy(() => generator.synthesis(tf.tensor3d(codes.data, codes.shape), { noise: noise_mode }));
  const [, height, width] = actual.shape;
  const pixels = channelsFirst(await take(actual), height * width);
  for (const name of [image].flat().filter((entry) => isKept(manifest, entry))) {
    const got = name.endsWith('_box32') ? boxes(pixels, height, width, height / 32) : pixels;
    differences.push(differenceOf('images', name, got, array(name).data));
  }
  return differences;
}

/** The features that are stored of a case, of every block that has some, whole or in the views that stand for them. */
export async function compareFeatures(
  generator: Generator,
  { manifest, array }: Reference,
  { noise_mode, ws, w, features = [] }: ReferenceCase,
): Promise<Difference[]> {
  const codes = codesOf(generator, array, { ws, w });
  const input = tf.tensor3d(codes.data, codes.shape);
  const heights = features.map(({ resolution }) => resolution);
  const result = generator.features(input, heights, { noise: noise_mode });
  input.dispose();
  const differences: Difference[] = [];
  for (const { resolution, ...stored } of features) {
    const block = result.features[resolution]!;
    const [, height, width, channels] = block.shape;
    const values = channelsFirst(await take(block), height * width);
    for (const [view, read] of Object.entries(featureViews)) {
      const name = stored[view as FeatureView];
      if (name === undefined || !isKept(manifest, name)) continue;
      differences.push(differenceOf('features', name, read(values, { height, width, channels }), array(name).data));
    }
  }
  return differences;
}

type FeatureView = 'full' | 'corner4' | 'last4' | 'centre4' | 'mean' | 'std';
type Size = { height: number; width: number; channels: number };

/** Of features `[C, H, W]`. */
const featureViews: Record<FeatureView, (values: Float32Array, size: Size) => Float32Array> = {
  full: (values) => values,
  corner4: (values, size) => window4(values, size, 0, 0),
  last4: (values, size) => window4(values, size, size.height - 4, size.width - 4),
  centre4: (values, size) => window4(values, size, size.height / 2 - 2, size.width / 2 - 2),
  mean: (values, size) => perChannel(values, size, mean),
  std: (values, size) =>
    perChannel(values, size, (channel) => {
      const middle = mean(channel);
      return Math.sqrt(mean(channel.map((value) => (value - middle) ** 2)));
    }),
};

function window4(values: Float32Array, { height, width, channels }: Size, top: number, left: number): Float32Array {
  return Float32Array.from({ length: channels * 16 }, (_, i) => {
    const [c, y, x] = [i >> 4, top + ((i >> 2) & 3), left + (i & 3)];
    return values[(c * height + y) * width + x]!;
  });
}

function perChannel(values: Float32Array, { height, width, channels }: Size, f: (channel: Float64Array) => number) {
  const pixels = height * width;
  return Float32Array.from({ length: channels }, (_, c) =>
    f(Float64Array.from(values.subarray(c * pixels, (c + 1) * pixels))),
  );
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Averages over boxes, `[C, H, W]`. On the host: it is not the backend's pooling that is tested. */
function boxes(values: Float32Array, height: number, width: number, side: number): Float32Array {
  const [rows, columns] = [height / side, width / side];
  const sums = new Float64Array(values.length / side ** 2);
  values.forEach((value, i) => {
    const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    sums[(c * rows + Math.floor(y / side)) * columns + Math.floor(x / side)]! += value / side ** 2;
  });
  return Float32Array.from(sums);
}

/** `[1, H, W, C]` as `[1, C, H, W]`. */
function channelsFirst(values: Float32Array, pixels: number): Float32Array {
  const channels = values.length / pixels;
  return values.map((_, i) => values[(i % pixels) * channels + Math.floor(i / pixels)]!);
}

function codesOf(generator: Generator, array: Reference['array'], { ws, w }: { ws?: string; w?: string }) {
  if (ws !== undefined) {
    const { data, shape } = array(ws);
    return { data, shape: shape as [number, number, number] };
  }
  const { data } = array(w ?? '');
  const layers = 2 * Math.log2(generator.config.resolution) - 2;
  const shape: [number, number, number] = [1, layers, data.length];
  return { data: Float32Array.from({ length: layers * data.length }, (_, i) => data[i % data.length]!), shape };
}

/** Reads a tensor and frees it. */
async function take(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data()) as Float32Array;
  const copy = Float32Array.from(values);
  tensor.dispose();
  return copy;
}

function differenceOf(kind: Kind, name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  return { kind, name, difference: largestDifference(actual, expected), scale: largestDifference(expected) };
}

/** @param expected zeros by default: the largest absolute value @returns infinity where a number is not one */
export function largestDifference(actual: ArrayLike<number>, expected?: ArrayLike<number>): number {
  if (expected && actual.length !== expected.length) {
    throw new Error(`expected ${expected.length} numbers, got ${actual.length}`);
  }
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - (expected?.[i] ?? 0));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}

function weightsFile({ kind, fixture }: Manifest): string {
  return kind === 'stylegan2-nvidia-pkl' ? 'network.pkl' : `${fixture}.pt`;
}

/** Whether an array is in the repository: see fixtures/README.md. */
function isKept({ fixture }: Manifest, name: string): boolean {
  return !name.endsWith('_centre64') && !(fixture === 'rosinality-64' && name === 'feat_b64');
}
