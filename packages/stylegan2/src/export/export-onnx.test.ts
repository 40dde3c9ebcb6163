import { createRandom, disposeParameters } from '@autodrag/nn';
import { useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { readFixture } from '../../test/fixtures.js';
import type { StyleGan2Config } from '../config.js';
import { createStyleGan2Parameters } from '../create-style-gan2-parameters.js';
import { importStyleGan2 } from '../import/index.js';
import { mapping } from '../mapping.js';
import { numWs } from '../num-ws.js';
import type { StyleGan2Parameters } from '../parameters.js';
import { styleGan2Config } from '../style-gan2-config.js';
import { type SynthesisOptions, synthesis } from '../synthesis.js';
import { type ExportOnnxOptions, exportOnnx } from './export-onnx.js';

beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  await useTestBackend('wasm');
});

const random = createRandom(3);
const normal = <T extends tf.Tensor>(shape: number[]) => random.normalTensor(shape) as T;
const small = { zDim: 6, wDim: 8, channelBase: 64, channelMax: 8, mappingLayers: 2 };

/** Random parameters in which nothing is zero that training would move: biases, strengths of noise, the mean of w. */
function parametersOf(config: StyleGan2Config): StyleGan2Parameters {
  const { mapping: mapped, synthesis: drawn, buffers } = createStyleGan2Parameters(random, config);
  const moved = <T extends tf.Tensor>({ shape }: T) => normal<T>(shape);
  const blocks = drawn.blocks.map((block) => {
    const layer = (one: typeof block.conv1) => ({ ...one, bias: moved(one.bias), noiseStrength: tf.scalar(0.3) });
    return {
      ...block,
      ...(block.conv0 ? { conv0: layer(block.conv0) } : {}),
      conv1: layer(block.conv1),
      ...(block.toRgb ? { toRgb: { ...block.toRgb, bias: moved(block.toRgb.bias) } } : {}),
    };
  });
  return { mapping: mapped, synthesis: { ...drawn, blocks }, buffers: { ...buffers, wAvg: normal([config.wDim]) } };
}

async function runFile(file: Uint8Array, feeds: Record<string, tf.Tensor>): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const inputs = Object.entries(feeds).map(async ([name, tensor]) => [
    name,
    new ort.Tensor('float32', await tensor.data<'float32'>(), tensor.shape),
  ]);
  const result = await session.run(Object.fromEntries(await Promise.all(inputs)));
  await session.release();
  return result as Record<string, ort.Tensor>;
}

/** Ours is channels last. Differences are relative to the largest value. */
function expectSame(got: ort.Tensor | undefined, expected: tf.Tensor4D, tolerance = 1e-5): void {
  const values = tf.transpose(expected, [0, 3, 1, 2]);
  expect(got?.dims).toEqual(values.shape);
  const largest = tf.max(tf.abs(values)).dataSync()[0]!;
  const difference = tf.max(tf.abs(tf.sub(values, tf.tensor(got!.data as Float32Array, values.shape)))).dataSync()[0]!;
  expect(largest).toBeGreaterThan(1e-3);
  expect(difference / largest).toBeLessThan(tolerance);
}

async function checkSynthesis(
  config: StyleGan2Config,
  parameters: StyleGan2Parameters,
  options: ExportOnnxOptions & Pick<SynthesisOptions, 'noise'> = {},
  tolerance?: number,
): Promise<void> {
  const { batch = 1, noise, features = [] } = options;
  const ws = normal<tf.Tensor3D>([batch, numWs(config), config.wDim]);
  const result = await runFile(await exportOnnx(config, parameters, options), { ws });
  const expected = synthesis(parameters, config, ws, { noise, features });
  expectSame(result.image, expected.image!, tolerance);
  for (const height of features) expectSame(result[`features_${height}`], expected.features[height]!, tolerance);
  expect(Object.keys(result)).toEqual(['image', ...features.map((height) => `features_${height}`)]);
}

describe('the synthesis network in onnxruntime is ours', () => {
  it.each<[string, Partial<StyleGan2Config>, ExportOnnxOptions]>([
    ['skip, with noise', {}, {}],
    ['skip, two pictures, no noise, features', {}, { batch: 2, noise: 'none', features: [8, 32] }],
    ['resnet, clamped', { architecture: 'resnet', convClamp: 0.7 }, { features: [16] }],
    ['orig', { architecture: 'orig' }, { batch: 2 }],
    ['skip, clamped, upright, other widths', { constSize: [4, 2], convClamp: 0.5, channels: { 8: 5 } }, {}],
    ['one block, grey', { resolution: 4, imageChannels: 1 }, {}],
  ])('%s', async (_, part, options) => {
    const config = styleGan2Config({ resolution: 32, ...small, ...part });
    await checkSynthesis(config, parametersOf(config), options);
  });

  it('config-f with few channels', async () => {
    const config = styleGan2Config({ resolution: 64, channelBase: 1024, channelMax: 32, zDim: 32, wDim: 32 });
    await checkSynthesis(config, parametersOf(config), { features: [64] });
  });

  it.each(['ada-128-paper', 'rosinality-64'])('an imported checkpoint: %s', async (name) => {
    const { config, parameters } = await importStyleGan2(readFixture(name).weights());
    await checkSynthesis(config, parameters);
    disposeParameters(parameters);
  });

  it('float16 moves the picture by a thousandth, and halves what is large', async () => {
    const config = styleGan2Config({ resolution: 32, channelBase: 1024, channelMax: 64, zDim: 32, wDim: 32 });
    const parameters = parametersOf(config);
    await checkSynthesis(config, parameters, { dtype: 'float16' }, 5e-3);
    const [half, whole] = [
      await exportOnnx(config, parameters, { dtype: 'float16' }),
      await exportOnnx(config, parameters),
    ];
    expect(half.length / whole.length).toBeLessThan(0.65);
  });
});

describe('with the mapping network', () => {
  it.each<[string, Partial<StyleGan2Config>, ExportOnnxOptions]>([
    ['as it is', {}, {}],
    ['truncated', {}, { truncationPsi: 0.6 }],
    ['some layers truncated, two pictures', {}, { truncationPsi: -0.5, truncationCutoff: 3, batch: 2 }],
    ['conditional', { cDim: 3, embedFeatures: 5, layerFeatures: 7 }, { truncationPsi: 0.7, batch: 2 }],
  ])('%s', async (_, part, options) => {
    const config = styleGan2Config({ resolution: 16, ...small, ...part });
    const parameters = parametersOf(config);
    const { batch = 1, truncationPsi, truncationCutoff } = options;
    const z = normal<tf.Tensor2D>([batch, config.zDim]);
    const c = config.cDim > 0 ? tf.oneHot(tf.range(0, batch, 1, 'int32'), config.cDim) : undefined;
    const label = c ? (tf.cast(c, 'float32') as tf.Tensor2D) : undefined;
    const file = await exportOnnx(config, parameters, { mapping: true, ...options });
    const result = await runFile(file, { z, ...(label ? { c: label } : {}) });
    const ws = mapping(parameters, config, z, { truncationPsi, truncationCutoff, c: label });
    const spread = tf.max(tf.abs(tf.sub(ws, tf.tensor(result.ws!.data as Float32Array, ws.shape)))).dataSync()[0]!;
    expect(spread).toBeLessThan(1e-5);
    expectSame(result.image, synthesis(parameters, config, ws).image!);
  });
});

describe('what cannot be written', () => {
  const config = styleGan2Config({ resolution: 8, ...small });
  it.each<[ExportOnnxOptions, string]>([
    [{ truncationPsi: 0.7 }, 'exportOnnx: truncationPsi: expected 1 without the mapping network'],
    [{ mapping: true, truncationPsi: Number.NaN }, 'truncationPsi: expected a finite number, got NaN'],
    [{ mapping: true, truncationCutoff: -1 }, 'truncationCutoff: expected an integer, 0 or more, or null, got -1'],
    [{ batch: 0 }, 'exportOnnx: batch: expected an integer from 1 to 1024, got 0'],
    [{ noise: 'random' as 'none' }, "exportOnnx: noise: expected 'const' or 'none'"],
    [{ dtype: 'int8' as 'float16' }, "exportOnnx: dtype: expected 'float32' or 'float16', got 'int8'"],
    [{ features: [5] }, 'exportOnnx: features: expected heights of blocks, 4, 8, got 5'],
  ])('%j', async (options, message) => {
    const parameters = createStyleGan2Parameters(random, config);
    await expect(exportOnnx(config, parameters, options)).rejects.toThrow(message);
  });

  it('leaves no tensors', async () => {
    const parameters = createStyleGan2Parameters(random, config);
    const before = tf.memory().numTensors;
    await exportOnnx(config, parameters, { mapping: true, features: [8] });
    expect(tf.memory().numTensors - before).toBe(0);
  });
});
