import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fails, run } from '../../test/run-cli.js';
import { writeTinyModel } from '../../test/tiny-model-folder.js';
import { useBackend } from '../node/backends.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-train-'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('train', () => {
  it('refuses what it cannot set, before anything starts', async () => {
    const out = join(folder, 'untrained');
    const train = (name: string, ...args: string[]) => ['train', name, '-o', out, ...args];
    for (const option of ['--steps', '--batch']) {
      expect(await fails(train('generator', option, '5'), `${option}: the stages`, '--minutes', 'stages=')).toBe(2);
    }
    await fails(
      train('generator', '--set', 'learningRate=0.1'),
      "no setting 'learningRate'",
      'There are: stages, readoutWeight, seed, reportEvery, checkpointEverySeconds.',
    );
    await fails(train('regularizer', '--set', 'learningrate=0.1'), "'learningrate'", 'steps, batchSize, learningRate');
    await fails(train('predictor', '--set', 'store=7'), "no setting 'store'", 'motions', 'dragWeight');
    await fails(train('predictor', '--set', 'toString=7'), "no setting 'toString'");
    for (const [name, setting, ...texts] of [
      ['regularizer', 'learningRate=fast', 'learningRate: expected a number above 0', "'fast'"],
      ['regularizer', 'learningRate=0', "above 0, got '0'"],
      ['regularizer', 'steps=1.5', 'steps: expected a whole number of at least 1', "'1.5'"],
      ['detector', 'seed="1"', 'seed: expected a whole number of at least 0', `'"1"'`],
      ['predictor', 'direction=up', "direction: expected one of toward, away, got 'up'"],
      ['predictor', 'stillShare=2', 'stillShare: expected a number from 0 to 1'],
      ['predictor', 'reach=[0.5,0.1]', 'reach: expected two numbers', "'[0.5,0.1]'"],
      ['predictor', 'reach=0.5', 'reach: expected two numbers'],
      ['generator', 'stages=[]', 'stages: expected a JSON list', 'one of 4, 8, 16, 32, 64, 128, 256', 'faceWeight'],
      ['generator', 'stages=[{"resolution":16,"steps":2}]', 'stages: expected a JSON list'],
    ] as const) {
      expect(await fails(train(name, '--set', setting), `train ${name}: --set`, ...texts)).toBe(2);
    }
    await fails(train('detector', '--generator', 'g.safetensors'), '--generator', 'builds on no generator');
    await fails(train('regularizer', '--regularizer', 'r.safetensors'), '--regularizer', 'builds on no regularizer');
    await fails(train('generator', '--domain', 'boats'), '--domain: expected one of avatars, cars', "got 'boats'");
    await fails(['evaluate', '--domain', 'cars'], 'evaluate: the cars come without a trained model. Give --model');
    await fails(train('predictor', '--domain', 'avatars'), 'train predictor: --domain', 'Leave it out');
    const nothing = join(folder, 'nothing');
    await fails(train('generator', '--from', nothing), '--from: expected the folder of a generator training');
    await fails(['train', folder, '--from', folder], '--from: both stages begin anew');
    await fails(train('regularizer', '--steps', '0'), '--steps', 'at least 1');
    await fails(train('predictor', '--preset', 'big'), "--preset: expected one of paper, got 'big'");
    await fails(train('generator', '--preset', 'paper'), '--preset: expected one of none');
    await expect(readdir(out)).rejects.toThrow('ENOENT');
    const { out: help } = await run('train', '--help');
    expect(help).toMatch(/^ {4}dragWeight +weight of the drag loss in Eq. 14 \[1\]$/m);
    for (const line of help.split('\n')) expect(line.length).toBeLessThan(130);
  });

  it('sets what it can', async () => {
    const model = join(folder, 'model');
    await useBackend('wasm');
    await writeTinyModel(model);
    const file = join(model, 'generator.safetensors');
    const stage = { resolution: 8, steps: 2, batchSize: 1, learningRate: 0.01, finalLearningRate: 0.001 };
    const out = join(folder, 'tiny-generator');
    const generator = await run(
      ...[
        'train',
        'generator',
        '-o',
        out,
        '--set',
        `stages=[${JSON.stringify(stage)}]`,
        '--set',
        'reportEvery=1',
        '-q',
      ],
    );
    expect(generator).toMatchObject({ status: 0, err: '' });
    expect(generator.out).toContain('finished 2 steps');
    const further = ['-o', join(folder, 'further'), '--generator', join(out, 'generator.safetensors'), '-q'];
    const begun = await run('train', 'generator', ...further, '--set', `stages=[${JSON.stringify(stage)}]`);
    expect(begun).toMatchObject({ status: 0, err: '' });
    const larger = `stages=[${JSON.stringify({ ...stage, resolution: 32 })}]`;
    await fails(['train', 'generator', ...further, '--set', larger], "expected at most 16, the generator's, got 32");
    const from = ['train', 'generator', '-o', join(folder, 'from'), '--set', `stages=[${JSON.stringify(stage)}]`, '-q'];
    await fails([...from, '--from', out, '--generator', file], 'begin, initial: give one of them');
    expect(await run(...from, '--from', out)).toMatchObject({ status: 0, err: '' });
    const steps = ['--steps', '2', '--batch', '3', '--set', 'sigma=0.2', '--set', 'reportEvery=1', '-q'];
    const regularizer = await run(
      ...['train', 'regularizer', '-o', join(folder, 'tiny-regularizer'), '--generator', file, ...steps],
    );
    expect(regularizer).toMatchObject({ status: 0, err: '' });
    expect(regularizer.out).toContain('finished 2 steps');
    const wrong = ['-o', join(folder, 'wrong'), '--generator', file, '--from', out, '-q'];
    await fails(['train', 'regularizer', ...wrong], "is of a 'generator' training, this is 'regularizer'");
    const small = ['width=16', 'heads=2', 'feedForward=16', 'encoderLayers=1', 'decoderLayers=1', 'grid=5'];
    const sets = [...small, 'reportEvery=1'].flatMap((one) => ['--set', one]);
    const rival = join(folder, 'tiny-uclt');
    const uclt = await run(
      ...['train', 'user-controllable-lt', '-o', rival, '--generator', file, '--steps', '2', ...sets, '-q'],
    );
    expect(uclt).toMatchObject({ status: 0, err: '' });
    expect(await readdir(rival)).toContain('user-controllable-lt.safetensors');
    const methods = ['evaluate', '--methods', 'none,uclt', '-o', join(folder, 'rivals')];
    expect(await fails(methods, '--methods uclt needs a trained network', 'train user-controllable-lt')).toBe(2);
  }, 120_000);
});
