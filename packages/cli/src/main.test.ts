import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { fails, run } from '../test/run-cli.js';
import { writeTinyModel } from '../test/tiny-model-folder.js';
import { main } from './main.js';
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

describe('autodrag', () => {
  it('explains itself', async () => {
    const { status, out } = await run('--help');
    expect(status).toBe(0);
    for (const name of ['edit', 'sample', 'info', 'import', 'export', 'match', 'bench', 'train']) {
      expect(out).toContain(`  ${name}`);
      const help = await run(name, '--help');
      expect(help.status).toBe(0);
      expect(help.out).toContain('Examples:');
    }
    expect((await run()).status).toBe(2);
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('names what it does not know', async () => {
    expect(await fails(['fly'], "no command is called 'fly'", 'edit, sample')).toBe(2);
    expect(await fails(['edit', '--fly'], "'--fly'", 'autodrag edit --help')).toBe(2);
    expect(await fails(['sample', '--seed'], '--seed')).toBe(2);
  });

  it('prints a stack only when it is asked to', async () => {
    const { err } = await run('fly', '--verbose');
    expect(err).toMatch(/^autodrag: no command.*\n/);
    expect(err).toMatch(/\n\s+at /);
  });
});

describe('sample', () => {
  it('writes one picture, a sheet, or a folder', async () => {
    const one = join(folder, 'one.png');
    expect(await run('sample', '-m', model, '--seed', '3', '-o', one)).toMatchObject({ status: 0, err: '' });
    expect(await sharp(one).metadata()).toMatchObject({ format: 'png', width: 32, height: 32 });
    const sheet = join(folder, 'sheet.png');
    await run('sample', '-m', model, '--seeds', '0-3', '-o', sheet, '-q');
    expect(await sharp(sheet).metadata()).toMatchObject({ width: 4 + 2 * 36, height: 4 + 2 * 36 });
    const several = await run('sample', '-m', model, '--seeds', '1,5', '-o', join(folder, 'several'), '--json', '-q');
    expect(JSON.parse(several.out)).toMatchObject({ seeds: [1, 5] });
    expect((await readdir(join(folder, 'several'))).sort()).toEqual(['seed0001.png', 'seed0005.png']);
  });

  it.each(['x', '-1', '1.5', '4294967296', '3-1', ''])('refuses the seed %j', async (seed) => {
    expect(
      await fails(['sample', '-m', model, `--seed=${seed}`], '--seed', 'whole number from 0 to 4294967295', seed),
    ).toBe(2);
  });
});

describe('edit', () => {
  it('writes before, after, the motion and the latent code, and goes on from it', async () => {
    const out = join(folder, 'edit');
    const first = await run('edit', '-m', model, '-s', '7', '-d', '10,12:16,15', '-o', out, '--format', 'both');
    expect(first).toMatchObject({ status: 0 });
    expect(first.out).toMatch(/\(10, 12\) to \(16, 15\): 6\.71 px before, \d+\.\d\d px after \(\d+ %\)\n/);
    expect(first.out).toMatch(/\d calls? on wasm: \d/);
    const files = ['after.png', 'before.png', 'latent.safetensors', 'motion.gif', 'motion.webp', 'plain.png'];
    expect((await readdir(out)).sort()).toEqual(files);
    expect(await sharp(join(out, 'before.png')).metadata()).toMatchObject({ width: 512, height: 512 });
    const motion = await sharp(join(out, 'motion.gif'), { animated: true }).metadata();
    expect(motion).toMatchObject({ format: 'gif', width: 256 });
    expect(motion.pageHeight ?? motion.height).toBe(256); // one frame only where nothing moved

    const second = await run(
      ...['edit', '-m', model, '--from', join(out, 'latent.safetensors'), '-d', '5,5:9,9', '-a', '20,20'],
      ...['-o', join(folder, 'second'), '--format', 'none', '--calls', '1', '--json'],
    );
    const report = JSON.parse(second.out);
    expect(report).toMatchObject({
      backend: 'wasm',
      calls: 1,
      points: [{ handle: { x: 5, y: 5 }, target: { x: 9, y: 9 } }],
    });
    expect(report.distanceAfter).toBeLessThanOrEqual(report.distanceBefore);
    expect(report.milliseconds).toBeGreaterThan(0);
  }, 60_000);

  it('reads points from a file', async () => {
    const file = join(folder, 'points.json');
    await writeFile(
      file,
      '{"points": [{"handle": {"x": 4, "y": 4}, "target": {"x": 8, "y": 4}}], "anchors": [{"x": 20, "y": 20}]}',
    );
    const { status, out } = await run(
      'edit',
      '-m',
      model,
      '--points',
      file,
      '-o',
      join(folder, 'p'),
      '--format',
      'none',
      '-q',
    );
    expect(status).toBe(0);
    expect(out).toContain('(4, 4) to (8, 4)');
  });

  it('refuses bad points and leaves no file', async () => {
    const out = join(folder, 'refused');
    const edit = (...args: string[]) => ['edit', '-m', model, '-o', out, ...args];
    await fails(edit('-d', '99,1:2,2'), 'points[0].handle', 'x from 0 to 31', '(99, 1)');
    await fails(edit('-d', '1,1:2,-2'), 'points[0].target', '(2, -2)');
    await fails(edit('-d', 'nan,1:2,2'), 'finite', '(NaN, 1)');
    await fails(edit('-d', '3,3:3,3'), 'must differ', '--anchor'.slice(2));
    await fails(edit('-d', '3,3'), '--drag', 'x,y:x,y', "'3,3'");
    await fails(edit('-d', '3,3:a,b'), "'3,3:a,b'");
    await fails(edit('-a', 'q', '-d', '1,1:2,2'), '--anchor', "'q'");
    await fails(edit('-s', '3'), 'expected at least one point, got none', 'edit alone runs an example');
    const many = Array.from({ length: 7 }, (_, i) => ['-d', `${i},1:${i},9`]).flat();
    await fails(edit(...many), 'at most 6 points', 'got 7 points');
    await fails(edit('-d', '1,1:2,2', '--calls', '0'), '--calls', 'from 1 to 100', "'0'");
    await fails(edit('-d', '1,1:2,2', '--format', 'mp4'), '--format', "'mp4'");
    await fails(edit('-d', '1,1:2,2', '-s', 'seven'), '--seed', "'seven'");
    const empty = join(folder, 'empty.json');
    await writeFile(empty, '[]');
    await fails(edit('--points', empty), 'expected at least one, got none');
    await writeFile(empty, '{');
    await fails(edit('--points', empty), 'is not JSON');
    await writeFile(empty, '[{"handle": 3}]');
    await fails(edit('--points', empty), 'points[0].handle', 'got 3');
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });

  it('refuses weight files that are truncated, of another model, of another version, or of another generator', async () => {
    const bad = join(folder, 'bad');
    const edit = ['edit', '-m', bad, '-d', '1,1:2,2', '-o', join(folder, 'refused')];
    const fresh = async () => {
      await rm(bad, { recursive: true, force: true });
      await mkdir(bad);
      for (const name of await readdir(model)) await writeFile(join(bad, name), await readFile(join(model, name)));
    };
    for (const name of ['generator', 'regularizer', 'predictor']) {
      await fresh();
      const path = join(bad, `${name}.safetensors`);
      const bytes = await readFile(path);
      for (const length of [0, 5, 100, bytes.length - 1]) {
        await writeFile(path, bytes.subarray(0, length));
        await fails(edit, name);
      }
      await writeFile(
        path,
        await readFile(join(model, name === 'predictor' ? 'regularizer.safetensors' : 'predictor.safetensors')),
      );
      await fails(edit, name);
      const text = bytes.toString('latin1').replace(/("version":")1"/, '$19"');
      await writeFile(path, Buffer.from(text, 'latin1'));
      if (text.includes('"version":"9"')) await fails(edit, name, 'version', '9');
    }
    await fresh();
    const other = join(folder, 'other');
    await writeTinyModel(other, { wDim: 12 });
    await writeFile(join(bad, 'predictor.safetensors'), await readFile(join(other, 'predictor.safetensors')));
    await fails(edit, 'predictor', 'another generator', 'wDim', '12', '8');
    await rm(join(bad, 'predictor.safetensors'));
    await fails([...edit, '--method', 'predictor'], 'no predictor');
    await rm(join(bad, 'generator.safetensors'));
    await fails(edit, bad, 'no generator.safetensors');
  }, 60_000);

  it('refuses a latent code that is none', async () => {
    const edit = ['edit', '-m', model, '-d', '1,1:2,2', '-o', join(folder, 'refused'), '--from'];
    await fails([...edit, join(folder, 'nothing')], 'nothing', 'it does not exist');
    await fails([...edit, join(model, 'predictor.safetensors')], 'expected a latent code');
  });

  it('refuses a folder that cannot be written', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await fails(['edit', '-m', model, '-d', '1,1:2,2', '-o', file], file, 'a file is in the way', '--out');
    if (process.getuid?.() !== 0) {
      const locked = join(folder, 'locked');
      await mkdir(locked);
      await chmod(locked, 0o500);
      await fails(['edit', '-m', model, '-d', '1,1:2,2', '-o', locked], locked, 'permission denied');
    }
  });

  it('says what a backend needs', async () => {
    const edit = ['edit', '-m', model, '-d', '1,1:2,2', '-o', join(folder, 'refused'), '--backend'];
    await fails([...edit, 'quantum'], '--backend', 'wasm, node, cuda, webgpu, cpu', "'quantum'");
    await fails([...edit, 'cuda'], '--backend cuda', '@tensorflow/tfjs-node-gpu', '--backend wasm');
  });
});

describe('info', () => {
  it('tells what a model folder holds', async () => {
    const { status, out } = await run('info', '--model', model);
    expect(status).toBe(0);
    expect(out).toContain('wasm    installed');
    expect(out).toMatch(/predictor\.safetensors: latent-predictor, [\d,.]+ numbers/);
    const value = JSON.parse((await run('info', '--model', model, '--json')).out);
    expect(value.weights).toHaveLength(3);
    expect(value.weights[2].config).toMatchObject({ maxPoints: 6 });
  });
});

describe('train', () => {
  it('asks for what it needs', async () => {
    await fails(['train'], 'generator', 'predictor');
    await fails(['train', 'wings', '-o', folder], "'wings'");
    await fails(['train', 'generator'], '--out DIR');
    await fails(['train', 'generator', '-o', folder, '--set', 'width'], '--set', "'width'");
  });
});

describe('bench', () => {
  const tiny = { resolution: 16, zDim: 8, wDim: 8, mappingLayers: 2, channelBase: 128, channelMax: 8 };
  let config: string;
  beforeAll(async () => {
    config = join(folder, 'tiny.json');
    await writeFile(config, JSON.stringify(tiny));
  });

  it('times a drag against a pass of the generator', async () => {
    const { status, out, err } = await run('bench', '-m', model, '--passes', '2', '--json');
    expect(err).toBe('');
    expect(status).toBe(0);
    const figures = JSON.parse(out);
    expect(figures).toMatchObject({ backend: 'wasm', browser: false, width: 32, height: 32 });
    expect(figures.device).toContain('1 thread');
    const [pass, drag] = figures.edits;
    expect(pass).toMatchObject({ ratio: 1, interval: [1, 1], milliseconds: figures.forward });
    expect(drag.times).toHaveLength(2);
    expect(figures.ratio).toBeCloseTo((drag.times[0] / pass.times[0] + drag.times[1] / pass.times[1]) / 2, 6);
    expect(figures.edits.map(({ name }: { name: string }) => name)).toContain('preview, 1 point');
    expect(figures.parts.map(({ name }: { name: string }) => name)).toContain('tracker, 1 point');
    expect(figures.residentBytes).toBeGreaterThan(figures.tensorBytes);
    expect(figures.tensorBytes).toBeGreaterThan(1000);
  });

  it('times a generator of random weights and frees it', async () => {
    const before = tf.memory().numTensors;
    const { status, out, err } = await run('bench', '--config', config, '--passes', '2');
    expect(status).toBe(0);
    expect(err).toContain('making the weights');
    expect(out).toMatch(/^generator +.*tiny\.json, random weights of seed 7\n/);
    expect(out).toMatch(
      /first pass +\d.*\nmedian of 2 more +\d.* of processor time, .*GFLOP\/s\npeak memory +\d+ MB resident/,
    );
    expect(tf.memory().numTensors).toBe(before);
    const { out: text } = await run('bench', '--config', config, '--passes', '1', '--json');
    const figures = JSON.parse(text);
    expect(figures).toMatchObject({ width: 16, height: 16, finite: true, gpuBytes: null });
    expect(figures.passes).toHaveLength(1);
    // two layers of mapping, the constant, five convolutions, three RGB layers
    expect(figures.parameters).toBe(2 * 72 + 128 + 5 * (9 * 64 + 8 + 1 + 72) + 3 * (24 + 3 + 72));
    const multiplications = { mapping: 128, block4: 9728, block8: 56_000, block16: 223_424 }; // by hand
    expect(figures.work).toBe(2 * Object.values(multiplications).reduce((sum, value) => sum + value));
  });

  it('names what is wrong', async () => {
    expect(await fails(['bench', '--config', 'config-g'], "'config-g'", 'config-f-512', 'FILE.json')).toBe(2);
    expect(await fails(['bench', '--browser'], '--browser', '--config config-f-512')).toBe(2);
    expect(await fails(['bench', '--backend', 'webgl'], 'add --browser')).toBe(2);
    expect(await fails(['bench', '--backend', 'gpu'], "'gpu'", 'wasm, node')).toBe(2);
    expect(await fails(['bench', '--config', config, '--browser', '--backend', 'node'], 'webgl, webgpu, wasm')).toBe(2);
    await fails(['bench', '--config', config, '--passes', '0'], '--passes', "'0'");
    await fails(['bench', '--config', config, '-m', model], 'not both');
    await fails(['bench', '--config', join(folder, 'none.json')], 'none.json', 'it does not exist');
    const wrong = join(folder, 'wrong.json');
    await writeFile(wrong, '{"resolution": 100}');
    await fails(['bench', '--config', wrong], 'resolution', 'power of two', '100');
    await writeFile(wrong, '[');
    await fails(['bench', '--config', wrong], 'is not JSON');
    vi.stubEnv('CHROMIUM_PATH', join(folder, 'no-such-browser'));
    await fails(['bench', '--config', config, '--browser'], 'CHROMIUM_PATH=', 'no-such-browser');
  });
  afterEach(() => void vi.unstubAllEnvs());

  it('ends at Ctrl-C', async () => {
    const controller = new AbortController();
    let err = '';
    const io = {
      out: () => {},
      err: (text: string) => {
        err += text;
        if (text.includes('making')) controller.abort(new Error('stopped by Ctrl-C'));
      },
      isTerminal: false,
      columns: 80,
      signal: controller.signal,
    };
    expect(await main(['bench', '--config', config], io)).toBe(130);
    expect(err).toMatch(/autodrag: stopped\.\n$/);
  });
});

describe('match', () => {
  it('writes what the name of the file says, and refuses a name that says nothing before it reads anything', async () => {
    const picture = join(folder, 'flat.png');
    const create = { width: 32, height: 24, channels: 3, background: '#888888' } as const;
    await writeFile(picture, await sharp({ create }).png().toBuffer());
    for (const [ending, format] of [
      ['jpg', 'jpeg'],
      ['JPEG', 'jpeg'],
      ['webp', 'webp'],
      ['png', 'png'],
    ] as const) {
      const out = join(folder, `new-folder/drawn.${ending}`);
      expect(await run('match', picture, picture, '-o', out)).toMatchObject({ status: 0, err: '' });
      expect((await sharp(out).metadata()).format).toBe(format);
    }
    for (const name of ['drawn', 'drawn.gif', 'drawn.txt']) {
      const out = join(folder, 'never', name);
      expect(await fails(['match', 'no.png', 'no.png', '-o', out], out, 'ends in .png, .jpg or .webp')).toBe(2);
    }
    expect(await readdir(folder)).not.toContain('never');
  });

  it('draws what belongs together', async () => {
    const picture = join(folder, 'noise.png');
    const pixels = Buffer.from(
      Uint8Array.from({ length: 96 * 96 }, (_, i) => (Math.imul(i >> 2, 2654435761) >>> 24) & 255),
    );
    const noise = sharp(pixels, { raw: { width: 96, height: 96, channels: 1 } });
    await noise.blur(1.2).resize(192, 192).toColourspace('srgb').png().toFile(picture);
    const out = join(folder, 'matches.png');
    const { status, out: text, err } = await run('match', picture, picture, '-o', out, '--json', '--features', '500');
    expect(err).toBe('');
    expect(status).toBe(0);
    const { count, matches } = JSON.parse(text);
    expect(count).toBeGreaterThan(20);
    for (const { a, b } of matches) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeLessThan(1);
    expect((await sharp(out).metadata()).width).toBeGreaterThanOrEqual(384);
  }, 60_000);

  it('names what is no picture', async () => {
    const empty = join(folder, 'empty.png');
    await writeFile(empty, '');
    await fails(['match', empty, empty], empty, 'is empty (0 bytes)', 'Give a PNG, JPEG or WebP');
    await fails(['match', 'a.png'], 'expected two pictures, got 1');
    await fails(['match', join(folder, 'none.png'), join(folder, 'none.png')], 'none.png', 'it does not exist');
    const text = join(folder, 'text.png');
    await writeFile(text, 'no picture');
    await fails(['match', text, text], text, 'no picture that can be read');
  });
});
