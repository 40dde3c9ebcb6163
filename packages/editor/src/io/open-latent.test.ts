import { expect, it } from 'vitest';
import { exportLatent } from './export-picture.js';
import { openLatent } from './open-latent.js';

const size = { numWs: 2, wDim: 3 };
const w = Float32Array.of(0.1, -2, 3e-9, 4, 5, -6.5);
const file = (content: BlobPart, name: string) => new File([content], name);
const json = (plain: unknown, name = 'code.json') => file(JSON.stringify(plain), name);
const format = 'autodrag.latent/1';

it.each(['safetensors', 'json'] as const)('%s: gives back what was exported, bit by bit', async (kind) => {
  const exported = await exportLatent(w, size, kind);
  expect(await openLatent(file(exported, `face-7.${kind.toUpperCase()}`), size)).toEqual(w);
});

it.each<[File, string]>([
  [file('{"format"', 'cut.json'), "'cut.json' is no JSON."],
  [json(null), "'code.json' holds no code of a picture."],
  [json([1, 2, 3]), 'holds no code of a picture.'],
  [json({ format: 'another/1', w: [...w] }), 'holds no code of a picture.'],
  [json({ format, w: 'AAAA' }), 'holds no code of a picture.'],
  [json({ format, w: [1, 2, 3, 4, 5, null] }), 'holds no code of a picture.'],
  [json({ format, w: [1, 2, 3, 4, 5, '6'] }), 'holds no code of a picture.'],
  [json({ format, w: [1, 2, 3] }), 'of another model: it has 3 values, this one has 2 × 3.'],
  [file('', 'empty.safetensors'), "'empty.safetensors' holds no code of a picture."],
  [file('<!doctype html>', 'saved.safetensors'), 'holds no code of a picture.'],
  [file('x', `${'a'.repeat(300)}\u202Egnp.json`), 'is no JSON.'],
  [file(new Uint8Array(2 ** 24 + 1), 'film.json'), 'is too large to be the code of a picture.'],
])('says what is wrong with a file that is none: %#', async (wrong, said) => {
  const error: Error = await openLatent(wrong, size).then(
    () => new Error('opened'),
    (reason: Error) => reason,
  );
  expect(error.message).toContain(said);
  expect(error.message).not.toMatch(/\u202E|a{200}|undefined|loadLatent/);
});
