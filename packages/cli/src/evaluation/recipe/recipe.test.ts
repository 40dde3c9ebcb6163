import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { avatarDomain } from '@autodrag/avatars';
import { type Judge, recipes } from '@autodrag/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyModel } from '../../../test/tiny-model-folder.js';
import type { Context } from '../../command.js';
import { registerGradients, useBackend } from '../../node/backends.js';
import { followRecipe } from './follow-recipe.js';
import { recipeHours } from './recipe-hours.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-recipe-'));
  await useBackend('wasm');
  await registerGradients();
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Five landmarks that follow the picture's colours. */
const judge: Judge = {
  name: 'colours',
  count: 5,
  error: 'none',
  five: [0, 1, 2, 3, 4],
  async locate(image) {
    const means = tf.tidy(() => tf.mean(image, [0, 1, 2]));
    const colours = await means.data();
    means.dispose();
    return Float32Array.from({ length: 10 }, (_, i) => 16 + 10 * Math.tanh(3 * colours[i % 3]!));
  },
};

const given = {
  regularizer: { settings: { steps: 2, batchSize: 2 }, sizes: { width: 8, heads: 1, feedForward: 8 } },
  predictor: {
    settings: { steps: 2, motions: 2, drags: 1, freeRunningFrom: 0.5, reportEvery: 1 },
    sizes: { width: 8, heads: 1, feedForward: 8, encoderLayers: 1, decoderLayers: 1, featureResolution: 16 },
  },
};

/** A context that keeps what is printed; ends as soon as the text was printed to stderr, if there is one. */
function contextOf(printed: string[]): Context {
  const io = { out: (text: string) => printed.push(text), err: () => {}, isTerminal: false, columns: 80 };
  return {
    ...{ values: {}, positionals: [], json: false, verbose: false, quiet: true },
    io: { ...io, signal: new AbortController().signal },
    async prepareFolder(path) {
      const { mkdir } = await import('node:fs/promises');
      await mkdir(path, { recursive: true });
      return path;
    },
  };
}

async function follow(
  name: keyof typeof recipes,
  out: string,
  chosen?: readonly string[],
  stop = new AbortController(),
  looks: Judge = judge,
) {
  const recipe = recipes[name]!;
  const model = join(folder, 'model');
  await writeTinyModel(model);
  const printed: string[] = [];
  const status = await followRecipe(contextOf(printed), recipe, {
    ...{ out: join(folder, out), domain: avatarDomain, generator: join(model, 'generator.safetensors'), given, stop },
    variants: recipe.variants.filter((variant) => !chosen || chosen.includes(variant.name)),
    ...{ judge: looks, points: [1], drags: 2, seed: 3, minimumDistance: 1, settings: { size: 32 } },
  });
  return { status, text: printed.join('') };
}

it.each([
  ['ablations', recipes.ablations!.variants.map(({ name }) => name)],
  ['steps', ['n-5', 'n-1', 'n-10']],
])(
  'trains the variants of %s for a few steps, and compares them',
  async (name, chosen) => {
    const { status, text } = await follow(name, name, chosen);
    expect(status).toBe(0);
    const variants = recipes[name]!.variants.filter((variant) => chosen.includes(variant.name));
    for (const { title } of variants) expect(text).toContain(`| ${title} | 2 |`);
    const stored = JSON.parse(await readFile(join(folder, name, `${name}.json`), 'utf8'));
    expect(stored.rows).toHaveLength(2 * variants.length);
    const hashes = stored.variants.map((one: { weights: { predictor: string } }) => one.weights.predictor);
    expect(new Set(hashes).size).toBe(variants.length); // no two trainings gave the same
    expect(stored.rows.filter((row: { worseBy: unknown }) => row.worseBy === null)).toHaveLength(2);
  },
  240_000,
);

it('goes on where it was stopped, and takes what another machine made', async () => {
  const stopped = new AbortController();
  stopped.abort(new Error('--minutes are over'));
  expect(await follow('steps', 'parts', ['n-5'], stopped)).toEqual({
    status: 3,
    text: expect.stringContaining('stage-1, regularizer: stopped at step 0 of 2'),
  });
  await follow('steps', 'parts', ['n-1']);
  const { text } = await follow('steps', 'parts', ['n-5']);
  expect(text.match(/\| n = \d+ /g)).toEqual(['| n = 5 ', '| n = 1 ', '| n = 5 ', '| n = 1 ']);
  await follow('steps', 'whole', ['n-5', 'n-1']);
  const stored = (out: string) => readFile(join(folder, out, 'steps.json'), 'utf8').then(JSON.parse);
  const [parts, whole] = [await stored('parts'), await stored('whole')];
  expect(parts.rows).toEqual(whole.rows);
  expect(parts.variants).toEqual(whole.variants);
}, 240_000);

it('goes on among the drags, also after a record that a kill cut off', async () => {
  const stopped = new AbortController();
  const path = join(folder, 'drags', 'n-5', 'records.jsonl');
  const there = () => readFile(path, 'utf8').catch(() => '');
  const stopping: Judge = {
    ...judge,
    async locate(...args) {
      if ((await there()).includes('\n')) stopped.abort(new Error('--minutes are over'));
      return judge.locate(...args);
    },
  };
  expect(await follow('steps', 'drags', ['n-5'], stopped, stopping)).toEqual({
    status: 3,
    text: expect.stringContaining('n-5, drags: stopped after 1 of 4; the same command goes on'),
  });
  const [first] = (await there()).split('\n');
  await appendFile(path, first!.slice(0, 40));
  expect((await follow('steps', 'drags', ['n-5'])).status).toBe(0);
  await follow('steps', 'undisturbed', ['n-5']);
  const rows = async (out: string) => JSON.parse(await readFile(join(folder, out, 'steps.json'), 'utf8')).rows;
  expect(await rows('drags')).toEqual(await rows('undisturbed'));
}, 240_000);

it('says beforehand how long it takes', () => {
  const { variants } = recipes.ablations!;
  const defaults = { regularizer: { settings: {}, sizes: {} }, predictor: { settings: {}, sizes: {} } };
  const hours = (settings: Record<string, number>) =>
    Number(/about ([\d.]+) h/.exec(recipeHours(variants, { ...defaults, predictor: { settings, sizes: {} } }))?.[1]);
  expect(hours({ steps: 4800 })).toBeGreaterThan(1.8 * hours({ steps: 2400 }));
  expect(hours({ steps: 2400, motions: 40 })).toBe(hours({ steps: 4800 }));
});
