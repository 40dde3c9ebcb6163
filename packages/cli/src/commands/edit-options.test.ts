import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fails, run } from '../../test/run-cli.js';
import { writeTinyModel } from '../../test/tiny-model-folder.js';
import { useBackend } from '../node/backends.js';

let folder: string;
let model: string;
let mask: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-'));
  model = join(folder, 'model');
  mask = join(folder, 'mask.png');
  await useBackend('wasm');
  await writeTinyModel(model);
  // the right half may change
  const pixels = Buffer.from(Array.from({ length: 32 * 32 }, (_, i) => (i % 32 < 16 ? 0 : 255)));
  await sharp(pixels, { raw: { width: 32, height: 32, channels: 1 } })
    .png()
    .toFile(mask);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const edit = (...args: string[]) => [
  ...['edit', '-m', model, '-o', join(folder, 'out'), '-d', '20,12:25,15', '--format', 'none', '-q', ...args],
];

it('refines, holds a mask, and says how well', async () => {
  const { status, out, err } = await run(...edit('--refine', '--steps', '3', '--mask', mask));
  expect({ status, err }).toEqual({ status: 0, err: '' });
  expect(out).toMatch(/what the mask fixes changed by \d+\.\d\d of 255 in the mean/);
  expect(out).toMatch(/[1-3] passes forth and back on wasm/);
  const json = JSON.parse((await run(...edit('--mask', mask, '--json'))).out);
  expect(json.maskChange).toBeGreaterThanOrEqual(0);
  expect(json.passes).toBe(0);
}, 60_000);

it('drags a model without a predictor by optimisation', async () => {
  await rm(join(model, 'predictor.safetensors'));
  const json = JSON.parse((await run(...edit('--steps', '3', '--json'))).out);
  expect(json).toMatchObject({ calls: 0, passes: 3 });
  expect(JSON.parse((await run(...edit('--method', 'freedrag', '--steps', '2', '--json'))).out).passes).toBe(2);
  await fails(edit('--method', 'predictor'), 'no predictor');
  expect(await readFile(join(folder, 'out', 'latent.safetensors'))).toBeDefined();
}, 60_000);

it('says what is wrong with its options', async () => {
  await fails(edit('--method', 'magic'), '--method: expected one of predictor, draggan, freedrag');
  await fails(edit('--method', 'draggan', '--refine'), '--refine: goes with the predictor');
  const small = join(folder, 'small.png');
  await sharp({ create: { width: 8, height: 8, channels: 3, background: 'white' } })
    .png()
    .toFile(small);
  await fails(edit('--mask', small), 'is 8×8, expected 32×32');
}, 60_000);
