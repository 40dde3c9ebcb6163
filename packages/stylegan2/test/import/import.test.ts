import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { countParameters, disposeParameters, flattenParameters, saveSafetensors } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type CheckpointCache,
  CheckpointError,
  createIndexedDbCache,
  type ImportedStyleGan2,
  type ImportProgress,
  importStyleGan2,
} from '../../src/import/index.js';
import { createGenerator, saveStyleGan2 } from '../../src/index.js';

const file = (name: string) =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))));

async function numbersOf({ parameters }: ImportedStyleGan2): Promise<Record<string, number[]>> {
  const flat = Object.entries(flattenParameters(parameters));
  return Object.fromEntries(await Promise.all(flat.map(async ([name, tensor]) => [name, [...(await tensor.data())]])));
}

function save(
  { config, parameters }: ImportedStyleGan2,
  dtype: 'float32' | 'float16' = 'float32',
): Promise<Uint8Array> {
  return saveStyleGan2(config, parameters, { dtype });
}

describe('importStyleGan2', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('reads back what it wrote, as float32 and as float16', async () => {
    const before = tf.memory().numTensors;
    const imported = await importStyleGan2(file('ada-protocol-4.pkl'));
    const numbers = await numbersOf(imported);
    expect(countParameters(imported.parameters)).toBe(Object.values(numbers).flat().length);
    // The fixture's numbers are exact in float16.
    for (const dtype of ['float32', 'float16'] as const) {
      const again = await importStyleGan2(await save(imported, dtype));
      expect(again.kind).toBe('autodrag');
      expect(again.config).toEqual(imported.config);
      expect(await numbersOf(again)).toEqual(numbers);
      disposeParameters(again.parameters);
    }
    disposeParameters(imported.parameters);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives every source the same parameters', async () => {
    const expected = await numbersOf(await importStyleGan2(file('ada-protocol-4.pkl')));
    const others = ['rosinality-legacy.pt', 'rosinality-deflated.pt', 'tensorflow-skip.pkl', 'ada-strided.pkl'];
    for (const name of others) expect(await numbersOf(await importStyleGan2(file(name))), name).toEqual(expected);
  });

  it("reads Node's Buffers, wherever their bytes begin", async () => {
    const expected = await numbersOf(await importStyleGan2(file('ada-strided.pkl')));
    for (const name of ['ada-strided.pkl', 'rosinality-legacy.pt']) {
      const bytes = file(name);
      for (const offset of [0, 1, 2, 3]) {
        const buffer = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset);
        expect(await numbersOf(await importStyleGan2(buffer)), `${name} ${offset}`).toEqual(expected);
      }
    }
  });

  it("draws upright images of 2:1 with a constant of 4 by 2, as SHHQ's", async () => {
    const { config, parameters } = await importStyleGan2(file('ada-const-4x2.pkl'));
    expect(config.constSize).toEqual([4, 2]);
    const generator = createGenerator(config, parameters);
    const ws = generator.mapping(tf.tensor2d([[1, -1, 2, 0, 0.5]]));
    expect(ws.shape).toEqual([1, 6, 6]);
    const image = generator.synthesis(ws);
    expect(image.shape).toEqual([1, 16, 8, 3]);
    expect((await image.data()).every(Number.isFinite)).toBe(true);
    generator.dispose();
  });

  it('computes the mean w where there is none', async () => {
    const imported = await importStyleGan2(file('rosinality-training.pt'), { averageSamples: 300 });
    expect(imported.warnings).toEqual(['the file has no mean w: it was computed from 300 codes']);
    const mean = imported.parameters.buffers.wAvg;
    expect(mean.shape).toEqual([6]);
    // Weights of 0.01 times uniform numbers: w is small, its mean smaller, and not zero.
    const values = [...(await mean.data())];
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(1);
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0);
  });

  it('reports its progress, the reading to its end', async () => {
    const seen: ImportProgress[] = [];
    const stream = new Blob([file('ada-protocol-4.pkl')]).stream() as ReadableStream<Uint8Array>;
    const { parameters } = await importStyleGan2(stream, { onProgress: (progress) => seen.push(progress) });
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(new Set(['download', 'scan', 'read']));
    const last = seen.at(-1);
    expect(last?.loaded).toBe(4 * countParameters(parameters));
    expect(last?.total).toBe(last?.loaded);
  });

  it('leaves nothing behind when it fails', async () => {
    const bytes = await save(await importStyleGan2(file('ada-protocol-4.pkl')));
    const before = tf.memory().numTensors;
    const broken = file('ada-protocol-4.pkl');
    broken.fill(0, broken.length - 4000, broken.length - 3000); // inside the last storages
    await expect(importStyleGan2(broken)).rejects.toBeInstanceOf(CheckpointError);
    await expect(importStyleGan2(bytes.subarray(0, bytes.length - 1))).rejects.toMatchObject({
      code: 'CHECKPOINT_MALFORMED',
    });
    await expect(importStyleGan2(file('ada-protocol-4.pkl'), { onProgress: fails })).rejects.toBeInstanceOf(
      CheckpointError,
    );
    expect(tf.memory().numTensors).toBe(before);

    function fails({ phase, loaded }: ImportProgress) {
      if (phase === 'read' && loaded > 5000) throw new Error('no more');
    }
  });

  it("checks this project's own files tensor by tensor", async () => {
    const imported = await importStyleGan2(file('ada-protocol-4.pkl'));
    const { config } = imported;
    const flat = flattenParameters(imported.parameters);
    const write = (
      tensors: Record<string, tf.Tensor>,
      metadata: Record<string, string> = { config: JSON.stringify(config) },
    ) => saveSafetensors(tensors, { metadata }).then((bytes) => importStyleGan2(bytes));
    const { 'buffers.wAvg': mean, ...rest } = flat;
    await expect(write(rest)).rejects.toThrow(/has the tensor buffers\.wAvg, found none/);
    await expect(write({ ...flat, more: tf.zeros([2]) })).rejects.toThrow(/found 'more'/);
    await expect(write({ ...rest, 'buffers.wAvg': tf.zeros([7]) })).rejects.toThrow(/shape \[6\], found \[7\]/);
    await expect(write(flat, { kind: 'latent-predictor', config: '{}' })).rejects.toThrow(/found a 'latent-predictor'/);
    await expect(
      write(flat, { kind: 'stylegan2', version: '9', config: JSON.stringify(config) }),
    ).rejects.toMatchObject({ code: 'CHECKPOINT_UNSUPPORTED', found: "version '9'" });
    await expect(write(flat, {})).rejects.toMatchObject({ code: 'CHECKPOINT_UNRECOGNISED' });
    await expect(write(flat, { config: '{"mappingLayers":1e9}' })).rejects.toMatchObject({ code: 'CHECKPOINT_TENSOR' });
    await expect(write(flat, { config: '{' })).rejects.toMatchObject({ code: 'CHECKPOINT_MALFORMED' });
    expect(mean?.shape).toEqual([6]);
  });

  it('keeps what it converted, by the name of a File', async () => {
    const entries = new Map<string, Uint8Array>();
    const cache: CheckpointCache = {
      get: async (key) => entries.get(key) ?? null,
      put: async (key, bytes) => void entries.set(key, bytes),
      delete: async (key) => void entries.delete(key),
      keys: async () => [...entries.keys()],
    };
    const input = new File([file('ada-protocol-4.pkl')], 'network.pkl', { lastModified: 5 });
    const first = await importStyleGan2(input, { cache });
    expect(first.kind).toBe('nvidia-pytorch');
    expect(await cache.keys()).toEqual([`file:network.pkl:${input.size}:5`]);
    const second = await importStyleGan2(input, { cache });
    expect(second.kind).toBe('autodrag');
    expect(await numbersOf(second)).toEqual(await numbersOf(first));
    await importStyleGan2(file('ada-protocol-4.pkl'), { cache });
    expect(entries.size).toBe(1);

    const full = { ...cache, put: () => Promise.reject(new Error('the disk is full')) };
    const other = new File([file('ada-protocol-4.pkl')], 'other.pkl');
    expect((await importStyleGan2(other, { cache: full })).warnings).toEqual(['the disk is full']);
  });

  it('says that IndexedDB is for browsers', () => {
    expect(() => createIndexedDbCache()).toThrow(/needs IndexedDB, found none/);
  });
});
