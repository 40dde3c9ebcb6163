import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fails, run } from '../../test/run-cli.js';
import { writeTinyModel } from '../../test/tiny-model-folder.js';
import { useBackend } from '../node/backends.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-train-model-'));
  await useBackend('wasm');
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A folder with a tiny generator, and nothing else. */
async function generatorAlone(name: string): Promise<string> {
  const model = join(folder, name);
  await writeTinyModel(model);
  for (const other of ['regularizer', 'predictor']) await rm(join(model, `${other}.safetensors`));
  return model;
}

const small = [
  ...['regularizer.steps=3', 'regularizer.batchSize=4', 'regularizer.width=8', 'regularizer.heads=1'],
  ...['predictor.steps=2', 'predictor.motions=2', 'predictor.drags=1', 'predictor.width=8', 'predictor.heads=1'],
  ...['predictor.encoderLayers=1', 'predictor.decoderLayers=1', 'predictor.featureResolution=16', 'reportEvery=1'],
].flatMap((setting) => ['--set', setting]);

describe('train FOLDER', () => {
  it('runs both stages, goes on where it was, and leaves a model that can drag', async () => {
    const model = await generatorAlone('model');
    expect(await run('train', model, ...small, '--minutes', '0', '-q')).toMatchObject({ status: 3 });
    const { status, out } = await run('train', model, ...small);
    expect({ status, first: out.split('\n')[0] }).toEqual({
      status: 0,
      first: expect.stringContaining('stage 1 of 2, regularizer: finished 3 steps in'),
    });
    expect(out).toContain(`stage 2 of 2, predictor: finished 2 steps in`);
    expect((await readdir(model)).sort()).toEqual([
      'generator.safetensors',
      'predictor.safetensors',
      'regularizer.safetensors',
      'training',
    ]);
    const rows = (stage: string) => readFile(join(model, 'training', stage, 'metrics.json'), 'utf8').then(JSON.parse);
    expect((await rows('regularizer')).map(({ step }: { step: number }) => step)).toEqual([1, 2, 3]);
    expect((await rows('predictor')).map(({ step }: { step: number }) => step)).toEqual([1, 2]);
    const drag = ['--seed', '7', '--drag', '10,10:14,12', '-o', join(folder, 'drag'), '-q'];
    expect(await run('edit', '--model', model, ...drag)).toMatchObject({ status: 0, err: '' });

    const weights = await readFile(join(model, 'predictor.safetensors'));
    const before = tf.memory().numTensors;
    const again = await run('train', model, ...small, '-q');
    expect(again).toMatchObject({ status: 0, err: '' });
    expect(tf.memory().numTensors).toBe(before);
    expect(await readFile(join(model, 'predictor.safetensors'))).toEqual(weights);
    const other = ['--set', 'regularizer.sigma=0.5', '-q'];
    await fails(['train', model, ...small, ...other], 'with other settings: sigma: 0.3 in the checkpoint, 0.5 now');
  }, 240_000);

  it('refuses what is unclear, and another predictor than its own', async () => {
    const model = join(folder, 'foreign');
    await writeTinyModel(model);
    expect(await fails(['train', model], 'has a predictor already', 'Move it')).toBe(1);
    const empty = join(folder, 'empty');
    await mkdir(empty);
    expect(await fails(['train', empty], 'train:', 'holds no generator.safetensors')).toBe(1);
    for (const [args, ...texts] of [
      [['-o', 'x'], '--out', 'Leave it out'],
      [['--generator', 'x'], '--generator', 'Leave it out'],
      [['--steps', '5'], '--steps', '--set predictor.steps=N'],
      [['--set', 'steps=5'], 'say which stage', 'predictor.NAME=VALUE'],
      [['--set', 'generator.steps=5'], 'say which stage'],
      [['--set', 'predictor.sigma=5'], "no setting 'sigma'"],
      [['--set', 'regularizer.sigma=x'], 'sigma: expected a number of at least 0'],
      [['other'], 'expected a folder'],
    ] as const) {
      expect(await fails(['train', model, ...args], ...texts)).toBe(2);
    }
    // Said before stage 1, not after it.
    const unfit = ['--set', 'predictor.width=9', '--set', 'predictor.heads=2'];
    await fails(['train', await generatorAlone('unfit'), ...unfit, '-q'], 'width must be a multiple of heads');
  }, 60_000);
});
