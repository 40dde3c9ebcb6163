import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { importStyleGan2 } from '../../src/import/index.js';
import { createGenerator } from '../../src/index.js';

type Manifest = {
  arrays: { name: string; file: string; shape: number[] }[];
  suggestedMaxAbs: { ws?: number; w?: number; images: number; features: number };
};

const folder = (name: string) => fileURLToPath(new URL(`../fixtures/${name}/`, import.meta.url));

function fixture(name: string) {
  const manifest = JSON.parse(readFileSync(`${folder(name)}manifest.json`, 'utf8')) as Manifest;
  const array = (wanted: string) => {
    const entry = manifest.arrays.find((candidate) => candidate.name === wanted);
    if (entry === undefined) throw new Error(`${name} has no ${wanted}`);
    const bytes = new Uint8Array(readFileSync(folder(name) + entry.file));
    const data = entry.file.endsWith('.f64.bin')
      ? Float32Array.from(new Float64Array(bytes.buffer))
      : new Float32Array(bytes.buffer);
    return { data, shape: entry.shape };
  };
  return { manifest, array, file: (file: string) => new Uint8Array(readFileSync(folder(name) + file)) };
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    largest = Math.max(largest, Math.abs((actual[i] as number) - (expected[i] as number)));
  }
  return largest;
}

const cases = [
  { name: 'ada-64', file: 'network.pkl', kind: 'nvidia-pytorch', clamp: 256, layers: 8, w: 'ws_seed0_psi0.7' },
  { name: 'ada-128-paper', file: 'network.pkl', kind: 'nvidia-pytorch', clamp: null, layers: 2, w: 'ws_seed0_psi0.7' },
  { name: 'rosinality-64', file: 'rosinality-64.pt', kind: 'rosinality', clamp: null, layers: 8, w: 'w_seed0_psi0.7' },
];

describe.each(cases)('importStyleGan2: $name', ({ name, file, kind, clamp, layers, w }) => {
  const reference = fixture(name);
  beforeAll(() => tf.setBackend('cpu'));

  it('gives the reference program its codes, features and image', async () => {
    const imported = await importStyleGan2(reference.file(file));
    expect(imported.kind).toBe(kind);
    expect(imported.warnings).toEqual([]);
    expect(imported.config.convClamp).toBe(clamp);
    expect(imported.config.mappingLayers).toBe(layers);
    expect(imported.config.channels).toBeNull();

    const generator = createGenerator(imported.config, imported.parameters);
    const z = reference.array('z_seed0');
    const expected = reference.array(w);
    const ws = generator.mapping(tf.tensor2d(z.data, z.shape as [number, number]), { truncationPsi: 0.7 });
    const actual = name === 'rosinality-64' ? tf.slice(ws, [0, 0, 0], [1, 1, -1]) : ws;
    const limits = reference.manifest.suggestedMaxAbs;
    expect(largestDifference(await actual.data(), expected.data)).toBeLessThan(limits.ws ?? limits.w ?? 0);

    const { features, image } = generator.features(ws, [4, 8, 16], { image: true });
    for (const resolution of [4, 8, 16]) {
      const block = tf.transpose(features[resolution] as tf.Tensor4D, [0, 3, 1, 2]);
      const difference = largestDifference(await block.data(), reference.array(`feat_b${resolution}`).data);
      expect(difference, `b${resolution}`).toBeLessThan(limits.features);
    }
    const nchw = tf.transpose(image as tf.Tensor4D, [0, 3, 1, 2]);
    const picture = reference.array('image_seed0_psi0.7_const');
    expect(largestDifference(await nchw.data(), picture.data)).toBeLessThan(limits.images);
    generator.dispose();
  });
});
