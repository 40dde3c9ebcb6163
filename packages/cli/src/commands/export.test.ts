import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fails, run } from '../../test/run-cli.js';
import { writeTinyModel } from '../../test/tiny-model-folder.js';
import { useBackend } from '../node/backends.js';

// that the graph computes what our synthesis does: packages/stylegan2/src/export
let folder: string;
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-export-'));
  model = join(folder, 'model');
  await useBackend('wasm');
  await writeTinyModel(model);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('export', () => {
  it('writes the generator of a model folder, and says what goes in', async () => {
    const out = join(folder, 'deep', 'tiny.onnx');
    const { status, out: text } = await run('export', '--model', model, '-o', out);
    expect(status).toBe(0);
    expect(text).toMatch(/^ws \[1, \d+, \d+\] to image, \d+ pixels high\nwrote .*tiny\.onnx \(\d+\.\d MB\)\n$/);
    const file = await readFile(out);
    expect(file.subarray(0, 2)).toEqual(Buffer.of(0x08, 7)); // field 1, the version of the format
    expect(file.includes('autodrag')).toBe(true);
  });

  it('writes the generator that comes with the package where no model is named', async () => {
    const { status, out: text } = await run('export', '-o', join(folder, 'default.onnx'));
    expect(status).toBe(0);
    expect(text).toMatch(/^ws \[1, \d+, \d+\] to image/);
  });

  it('--json, the mapping network, features, half the size', async () => {
    const [whole, half] = [join(folder, 'whole.onnx'), join(folder, 'half.onnx')];
    await run('export', '--model', model, '-o', whole);
    const args = [
      '--mapping',
      '--psi',
      '0.5',
      '--batch',
      '2',
      '--features',
      '16',
      '--noise',
      'none',
      '--dtype',
      'float16',
    ];
    const { status, out } = await run('export', '--model', model, '-o', half, ...args, '--json');
    expect({ status, ...JSON.parse(out) }).toMatchObject({
      status: 0,
      format: 'onnx',
      file: half,
      bytes: (await readFile(half)).length,
      mapping: true,
      truncationPsi: 0.5,
      batch: 2,
      features: [16],
      noise: 'none',
      dtype: 'float16',
    });
    expect((await readFile(half)).includes('features_16')).toBe(true);
  });

  it.each<[string[], ...string[]]>([
    [['-o', 'generator.pt'], "export: --out: expected a name that ends in .onnx, got 'generator.pt'"],
    [['-o', 'folder/'], 'expected a name that ends in .onnx'],
    [['--format', 'tflite'], '--format: expected one of onnx'],
    [['--psi', '0.7'], '--psi: truncation is part of the mapping network: add --mapping.'],
    [['--batch', '0'], '--batch: expected a whole number'],
    [['--noise', 'random'], '--noise: expected one of const, none'],
    [['--features', '16,x'], '--features: expected heights of blocks such as 64,128'],
    [['model.pkl'], 'export: expected options only'],
  ])('%j is a wrong command line', async (args, ...texts) => {
    expect(await fails(['export', ...args], ...texts)).toBe(2);
  });

  it('what the generator does not have, and folders without one', async () => {
    const out = join(folder, 'empty', 'no.onnx');
    await fails(['export', '--model', model, '--features', '5', '-o', out], 'heights of blocks', 'got 5');
    await fails(['export', '--model', join(folder, 'nowhere'), '-o', out], 'holds no generator.safetensors');
    expect(await readdir(folder)).not.toContain('empty');
  });
});
