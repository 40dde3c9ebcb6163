import { readFile } from 'node:fs/promises';
import { defaultWeights } from '@autodrag/avatars';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { type LoadProgress, loadAutodrag } from './load-autodrag.js';
import type { readSource } from './read-source.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

it('ends with its signal whenever that comes, and leaves nothing behind', async () => {
  const before = tf.memory().numTensors;
  const reason = new Error('enough');
  await expect(loadAutodrag({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  for (const file of ['generator', 'regularizer', 'predictor']) {
    const controller = new AbortController();
    const read: typeof readSource = async (source, name) => {
      const bytes = await readFile(source as URL);
      if (name === file) controller.abort(reason);
      return bytes;
    };
    await expect(loadAutodrag({ read, signal: controller.signal })).rejects.toBe(reason);
  }
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 0);
  await expect(loadAutodrag({ signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(tf.memory().numTensors).toBe(before);
});

it('stops the other downloads where one fails', async () => {
  const stopped: string[] = [];
  const read: typeof readSource = (_, name, options) =>
    new Promise((_, reject) => {
      if (name === 'regularizer') setTimeout(() => reject(new Error('not this one')), 10);
      options?.signal?.addEventListener('abort', () => {
        stopped.push(name);
        reject(options.signal?.reason);
      });
    });
  const source = new URL('https://example.test/');
  const options = { generator: source, regularizer: source, predictor: source, read };
  await expect(loadAutodrag(options)).rejects.toThrow('not this one');
  expect(stopped).toContain('generator');
  expect(stopped).toContain('predictor');
});

it('knows a folder for all files, and addresses within it', async () => {
  const asked: string[] = [];
  const read: typeof readSource = async (source) => {
    asked.push(String(source));
    throw new Error('seen');
  };
  const baseUrl = 'https://example.test/models/face';
  await expect(loadAutodrag({ baseUrl, read })).rejects.toThrow('seen');
  await expect(loadAutodrag({ baseUrl, generator: 'small.safetensors', read })).rejects.toThrow('seen');
  expect(asked).toEqual([
    ...['generator', 'regularizer', 'predictor'].map((name) => `${baseUrl}/${name}.safetensors`),
    `${baseUrl}/small.safetensors`,
  ]);
  await expect(loadAutodrag({ baseUrl: 'models', read })).rejects.toThrow('baseUrl: expected the address of a folder');
});

it('takes models that are loaded, so that the predictor can follow the generator', async () => {
  const before = tf.memory().numTensors;
  const first = await loadAutodrag({ regularizer: null, predictor: null });
  expect(first.maxPoints).toBe(0);
  const seen: LoadProgress[] = [];
  const { regularizer, predictor } = defaultWeights;
  const options = { regularizer, predictor, onProgress: (now: LoadProgress) => seen.push(now) };
  const all = await loadAutodrag({ generator: first.generator, ...options });
  expect(all.generator).toBe(first.generator);
  expect(all.maxPoints).toBeGreaterThan(0);
  for (const file of ['regularizer', 'predictor']) {
    const last = seen.filter((now) => now.file === file).at(-1);
    expect(last?.loadedBytes).toBe(last?.totalBytes);
    expect(last?.loadedBytes).toBeGreaterThan(1e5);
  }
  all.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
