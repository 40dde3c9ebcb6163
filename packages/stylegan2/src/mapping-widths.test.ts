import { createRandom, disposeParameters, flattenParameters } from '@autodrag/nn';
import { expectClose } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import {
  createGenerator,
  createStyleGan2Parameters,
  loadStyleGan2,
  mapping,
  mappingWidths,
  saveStyleGan2,
  styleGan2Config,
} from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const small = { resolution: 8, zDim: 5, wDim: 4, channelBase: 32, channelMax: 4 };

it.each([
  [{ mappingLayers: 1 }, 0, [5, 4]],
  [{ mappingLayers: 1, layerFeatures: 9 }, 0, [5, 4]],
  [{ mappingLayers: 3 }, 0, [5, 4, 4, 4]],
  [{ mappingLayers: 3, layerFeatures: 7 }, 0, [5, 7, 7, 4]],
  [{ mappingLayers: 2, cDim: 3, embedFeatures: 6 }, 6, [11, 4, 4]],
  [{ mappingLayers: 2, cDim: 3, embedFeatures: 6, layerFeatures: 2 }, 6, [11, 2, 4]],
  [{ mappingLayers: 2, embedFeatures: 6 }, 0, [5, 4, 4]],
])('%o', (partial, embed, widths) => {
  expect(mappingWidths(styleGan2Config({ ...small, ...partial }))).toEqual({ embed, widths });
});

/** The mapping network as NVIDIA's class computes it, in double precision, one sample. */
function plainMapping(
  flat: Record<string, number[][]>,
  z: number[],
  c: number[],
  layers: number,
  lr: number,
): number[] {
  const normalize = (x: number[]) => {
    const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    return x.map((value) => value / Math.sqrt(mean + 1e-8));
  };
  const dense = (name: string, x: number[], multiplier: number) => {
    const weight = flat[`${name}.weight`]!;
    const [bias] = flat[`${name}.bias`]!;
    const gain = multiplier / Math.sqrt(x.length);
    return bias!.map((b, o) => b * multiplier + x.reduce((sum, value, i) => sum + value * weight[i]![o]! * gain, 0));
  };
  let x = normalize(z);
  if (c.length > 0) x = [...x, ...normalize(dense('mapping.embed', c, 1))];
  for (let i = 0; i < layers; i++) {
    x = dense(`mapping.layers.${i}`, x, lr).map((value) => (value > 0 ? value : 0.2 * value) * Math.SQRT2);
  }
  return x;
}

it.each([
  ['narrow', { mappingLayers: 4, layerFeatures: 3 }],
  ['wide', { mappingLayers: 3, layerFeatures: 11 }],
  ['conditional, wide in both', { mappingLayers: 3, layerFeatures: 9, cDim: 3, embedFeatures: 7 }],
])('runs, is saved and loaded: %s', async (_, partial) => {
  const config = styleGan2Config({ ...small, ...partial });
  const parameters = createStyleGan2Parameters(createRandom(1), config);
  const z = [0.5, -1, 2, 0.1, 0.3];
  const c = config.cDim > 0 ? [0, 1, 0] : [];
  const flat = Object.fromEntries(
    Object.entries(flattenParameters(parameters)).map(([name, tensor]) => [
      name,
      (tensor.rank === 2 ? tensor.arraySync() : [tensor.rank === 1 ? tensor.arraySync() : []]) as number[][],
    ]),
  );
  const expected = plainMapping(flat, z, c, config.mappingLayers, config.mappingLrMultiplier);
  const condition = c.length > 0 ? { c: tf.tensor2d([c]) } : {};
  const ws = mapping(parameters, config, tf.tensor2d([z]), condition);
  expect(ws.shape).toEqual([1, 4, 4]);
  expectClose(ws.slice([0, 0, 0], [1, 1, -1]), expected, 1e-5);

  const loaded = await loadStyleGan2(await saveStyleGan2(config, parameters));
  expect(loaded.config).toEqual(config);
  const generator = createGenerator(loaded.config, loaded.parameters);
  expectClose(generator.mapping(tf.tensor2d([z]), condition), ws, 0);
  expect(generator.synthesis(ws).shape).toEqual([1, 8, 8, 3]);
  generator.dispose();
  disposeParameters(parameters);
});
