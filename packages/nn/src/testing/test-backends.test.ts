import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, test, vi } from 'vitest';
import { testBackends, useTestBackend } from './index.js';

afterEach(() => void vi.unstubAllEnvs());

test('testBackends reads the environment', () => {
  vi.stubEnv('AUTODRAG_TEST_BACKENDS', undefined);
  expect(testBackends()).toEqual(['cpu', 'wasm']);
  expect(testBackends({ unset: ['cpu'] })).toEqual(['cpu']);
  vi.stubEnv('AUTODRAG_TEST_BACKENDS', 'wasm, node');
  expect(testBackends({ unset: ['cpu'] })).toEqual(['wasm', 'node']);
  expect(testBackends({ except: ['wasm'] })).toEqual(['node']);
  vi.stubEnv('AUTODRAG_TEST_BACKENDS', 'tpu');
  expect(() => testBackends()).toThrow("expected names out of cpu, wasm, node with commas between them, got 'tpu'");
});

test('useTestBackend starts a backend with its gradients', async () => {
  await useTestBackend('wasm');
  expect(tf.getBackend()).toBe('wasm');
  const [gradient] = tf.grads((x) => tf.square(x!))([tf.scalar(3)]);
  expect(gradient!.dataSync()[0]).toBe(6);
});

test('useTestBackend says what is missing', async () => {
  vi.doMock('@tensorflow/tfjs-node', () => {
    throw new Error('no such file');
  });
  await expect(useTestBackend('node')).rejects.toThrow(
    /useTestBackend: node: @tensorflow\/tfjs-node is not installed or does not load: .*scripts\/install-libtensorflow\.sh/,
  );
  vi.doUnmock('@tensorflow/tfjs-node');
});
