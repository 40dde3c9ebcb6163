import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fails, run } from '../test/run-cli.js';
import { writeTinyModel } from '../test/tiny-model-folder.js';
import { joinNegativeValues } from './join-negative-values.js';
import { useBackend } from './node/backends.js';

let folder: string;
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-'));
  model = join(folder, 'model');
  await useBackend('wasm');
  await writeTinyModel(model);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('negative values', () => {
  it('belong to the option before them, and words with a dash do not', () => {
    const specs = {
      seed: { type: 'string', short: 's', help: '' },
      quiet: { type: 'boolean', short: 'q', help: '' },
    } as const;
    expect(joinNegativeValues(['--seed', '-3', '-q'], specs)).toEqual(['--seed=-3', '-q']);
    expect(joinNegativeValues(['-s', '-.5', '--seed', '-4,2'], specs)).toEqual(['-s-.5', '--seed=-4,2']);
    expect(joinNegativeValues(['--seed', '-q', '-q', '-3'], specs)).toEqual(['--seed', '-q', '-q', '-3']);
    expect(joinNegativeValues(['--', '--seed', '-3'], specs)).toEqual(['--', '--seed', '-3']);
  });
});

describe('a wrong argument', () => {
  const sample = (...rest: string[]) => ['sample', '-m', model, ...rest];
  const edit = (...rest: string[]) => ['edit', '-m', model, '-o', join(folder, 'never'), ...rest];

  it('has the exit status 2, and a message about its value', async () => {
    expect(await fails(sample('--seed', '-3'), "'-3'", 'from 0 to 4294967295')).toBe(2);
    expect(await fails(sample('-s', '-3'), "'-3'")).toBe(2);
    expect(await fails(sample('--psi', '-9'), "'-9'", 'from -2 to 2')).toBe(2);
    expect(await fails(sample('--backend', 'foo'), '--backend', "'foo'", 'wasm, node')).toBe(2);
    expect(await fails(sample('7'), 'expected options only', "'7'")).toBe(2);
    expect(await fails(edit('-d', '99,1:2,2'), 'points[0].handle')).toBe(2);
    expect(await fails(edit('-d', '1,1:2,2', '-a', '-5,3'), '(-5, 3)')).toBe(2);
    expect(await fails(sample('--label', '3'), 'no classes')).toBe(2);
  });

  it('is a file where a folder goes, or a picture of a kind that is not written', async () => {
    expect(await fails(sample('-o', join(folder, 'face.gif')), 'face.gif', '.png, .jpg or .webp')).toBe(2);
    expect(await fails(['edit', '-m', model, '-o', join(folder, 'face.png'), '-d', '1,1:2,2'], 'a folder')).toBe(2);
    expect(await fails(['import', 'x.pkl', '-o', join(folder, 'x.safetensors')], 'a folder')).toBe(2);
    expect(await readdir(folder)).toEqual(['model']);
  });
});

describe('a failure', () => {
  it('leaves no empty folder, however deep', async () => {
    expect(
      await fails(['edit', '-m', join(folder, 'nowhere'), '-o', join(folder, 'a/b'), '-d', '1,1:2,2'], 'nowhere'),
    ).toBe(1);
    expect(await fails(['edit', '-m', model, '-o', join(folder, 'a/b'), '-d', '99,1:2,2'], 'points[0]')).toBe(2);
    expect(await fails(['sample', '-m', model, '-o', join(folder, 'a/'), '--label', '1'], 'classes')).toBe(2);
    expect(await readdir(folder)).toEqual(['model']);
  });
});

describe('an output', () => {
  it('is what its name says', async () => {
    for (const [name, format] of [
      ['a.jpg', 'jpeg'],
      ['b.JPEG', 'jpeg'],
      ['c.webp', 'webp'],
    ] as const) {
      const out = join(folder, name);
      expect((await run('sample', '-m', model, '-o', out)).status).toBe(0);
      expect(await sharp(await readFile(out)).metadata()).toMatchObject({ format, width: 32, height: 32 });
      expect((await run('sample', '-m', model, '--seeds', '0-3', '-o', out, '-q')).status).toBe(0);
      expect(await sharp(await readFile(out)).metadata()).toMatchObject({ format, width: 4 + 2 * 36 });
    }
  });

  it('of edit alone is an example', async () => {
    const out = join(folder, 'example');
    const { status, out: text } = await run('edit', '-m', model, '-o', out, '-q', '--format', 'none');
    expect(status).toBe(0);
    expect(text).toContain('px before');
    expect(await readdir(out)).toContain('after.png');
    expect(await fails(['edit', '-m', model, '-o', out, '--seed', '1'], 'at least one point')).toBe(2);
  });
});
