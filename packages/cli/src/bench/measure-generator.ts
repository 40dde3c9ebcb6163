import { createRandom, median } from '@autodrag/nn';
import {
  blockSize,
  createGenerator,
  createStyleGan2Parameters,
  type Generator,
  type StyleGan2Config,
  seedToZ,
} from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { generatorWork } from './generator-work.js';
import { watchTensorBytes } from './watch-tensor-bytes.js';

export type MeasureGeneratorOptions = {
  /** Of weights and z. */
  seed: number;
  /** Timed after the first one. */
  passes: number;
  /** Milliseconds of processor time of all threads so far, where the platform tells. */
  processorTime?: () => number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number, text: string) => void;
};

/** Times in milliseconds. */
export type GeneratorMeasurement = {
  readonly width: number;
  readonly height: number;
  /** Trainable numbers: mapping and synthesis. */
  readonly parameters: number;
  /** Floating point operations of a pass. */
  readonly work: number;
  /** To draw the weights and hand them to the backend. */
  readonly weights: number;
  /** Mapping and synthesis for the first time: shaders or packed weights are made meanwhile. */
  readonly first: number;
  /** The passes after it. */
  readonly passes: readonly number[];
  readonly median: number;
  /** Median of the same passes' processor time, which other programs disturb less; null where it is not known. */
  readonly processorTime: number | null;
  /** Bytes of all tensors at most. */
  readonly tensorBytes: number;
  /** Bytes of textures or buffers that the backend keeps, where it says so. */
  readonly gpuBytes: number | null;
  /** Whether all values of the picture are finite; anything else is no measurement. */
  readonly finite: boolean;
};

/**
 * Times mapping and synthesis of a generator with random weights, batch 1, fixed noise, on the current backend; the
 * picture is read back each time. It runs in Node and in a page.
 */
export async function measureGenerator(
  config: StyleGan2Config,
  { seed, passes, processorTime, signal, onProgress }: MeasureGeneratorOptions,
): Promise<GeneratorMeasurement> {
  const total = passes + 2;
  const watch = watchTensorBytes();
  let generator: Generator | null = null;
  let z: tf.Tensor2D | undefined;
  let label: tf.Tensor2D | undefined; // the first class
  try {
    onProgress?.(0, total, 'making the weights');
    await breathe(signal);
    const from = performance.now();
    const parameters = createStyleGan2Parameters(createRandom(seed), config);
    generator = createGenerator(config, parameters);
    const weights = performance.now() - from;
    const { buffers, ...trainable } = parameters;
    z = tf.tensor2d(seedToZ(seed, config.zDim), [1, config.zDim]);
    const { cDim } = config;
    label = cDim > 0 ? tf.tensor2d([1, ...new Array<number>(cDim - 1).fill(0)], [1, cDim]) : undefined;

    let finite = true;
    const pass = async (one: Generator, code: tf.Tensor2D): Promise<number> => {
      const start = performance.now();
      const image = tf.tidy(() => one.synthesis(one.mapping(code, { truncationPsi: 0.7, c: label })));
      try {
        const values = await image.data();
        const time = performance.now() - start;
        finite = finite && values.every(Number.isFinite);
        return time;
      } finally {
        image.dispose();
      }
    };
    const times: number[] = [];
    const processor: number[] = [];
    for (let i = 0; i <= passes; i++) {
      onProgress?.(i + 1, total, i === 0 ? 'first pass' : `pass ${i} of ${passes}`);
      await breathe(signal);
      const before = processorTime?.() ?? 0;
      times.push(await pass(generator, z));
      processor.push((processorTime?.() ?? 0) - before);
    }
    onProgress?.(total, total, 'done');
    const [first = Number.NaN, ...rest] = times;
    const memory = tf.memory() as tf.MemoryInfo & { numBytesInGPUAllocated?: number; numBytesInGPU?: number };
    return {
      width: blockSize(config, config.resolution)[1],
      height: config.resolution,
      parameters: countNumbers(trainable),
      work: generatorWork(config),
      weights,
      first,
      passes: rest,
      median: median(rest),
      processorTime: processorTime ? median(processor.slice(1)) : null,
      tensorBytes: watch.peak,
      gpuBytes: memory.numBytesInGPUAllocated ?? memory.numBytesInGPU ?? null,
      finite,
    };
  } finally {
    z?.dispose();
    label?.dispose();
    generator?.dispose();
    watch.stop();
  }
}

/** Lets signals and messages in between two long pieces of work. */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal?.throwIfAborted();
}

function countNumbers(tree: unknown): number {
  if (tree instanceof tf.Tensor) return tree.size;
  if (typeof tree !== 'object' || tree === null) return 0;
  return Object.values(tree).reduce((sum: number, value) => sum + countNumbers(value), 0);
}
