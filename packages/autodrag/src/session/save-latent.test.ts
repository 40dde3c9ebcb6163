import { saveSafetensors } from '@autodrag/nn';
import { expect, it } from 'vitest';
import { SeedError } from '../errors.js';
import { loadLatent, saveLatent } from './save-latent.js';

const metadata = { format: 'autodrag.latent/1' };
const floats = (shape: number[], data = new Float32Array(shape.reduce((a, b) => a * b, 1))) => ({
  dtype: 'float32',
  shape,
  data,
});

it('comes back as it was saved', async () => {
  const w = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(await loadLatent(await saveLatent(w, { numWs: 3, wDim: 2 }))).toEqual(w);
});

it.each([
  ['rank 1', { w: floats([512]) }, metadata, 'expected w of shape [numWs, wDim], got 1 axes: [512]. Give'],
  ['rank 0', { w: floats([]) }, metadata, 'got 0 axes: []'],
  ['rank 3', { w: floats([1, 2, 3]) }, metadata, 'got 3 axes: [1, 2, 3]'],
  ['nothing in it', { w: floats([0, 4]) }, metadata, 'expected w of shape [numWs, wDim], got 2 axes: [0, 4]'],
  ['integers', { w: { dtype: 'int32', shape: [1, 1], data: Int32Array.of(1) } }, metadata, 'w of floats, got int32'],
  ['another name', { v: floats([2, 2]) }, metadata, "expected a tensor 'w', got 'v'"],
  ['no tensor', {}, metadata, "expected a tensor 'w', got no tensors"],
  ['NaN', { w: floats([1, 2], Float32Array.of(0, Number.NaN)) }, metadata, 'expected finite numbers, got NaN at 1'],
  ['another format', { w: floats([1, 1]) }, { format: '\u001b[31m' }, "(autodrag.latent/1), got '\\x1b[31m'"],
  ['no format', { w: floats([1, 1]) }, {}, 'got another kind of file'],
])('says what it found: %s', async (_, tensors, meta, message) => {
  const bytes = await saveSafetensors(tensors, { metadata: meta });
  const error = await loadLatent(bytes, 'a\u202eb').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SeedError);
  expect((error as Error).message).toContain("loadLatent: 'a\\u202eb': ");
  expect((error as Error).message).toContain(message);
});
