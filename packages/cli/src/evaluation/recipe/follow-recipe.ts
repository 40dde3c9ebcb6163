import { join } from 'node:path';
import {
  type DragMethod,
  dragMethods,
  type Judge,
  type LandmarkTaskOptions,
  type PointCount,
  type Recipe,
  recordKey,
  runEvaluation,
  type Variant,
} from '@autodrag/evaluation';
import type { Context } from '../../command.js';
import { trainingStatus } from '../../commands/training-stop.js';
import { loadAutodrag } from '../../node/load-autodrag.js';
import { readWholeFile } from '../../node/read-file.js';
import { createProgress } from '../../progress.js';
import { appendRecord, continueRecords, hashOf, readRecords } from '../records-file.js';
import { type TrainVariantOptions, trainVariant, variantSettings } from './train-variant.js';
import { type VariantResult, writeRecipe } from './write-recipe.js';

export type FollowRecipeOptions = TrainVariantOptions & {
  /** Those of the recipe that are made now; the table has all that are there. */
  readonly variants: readonly Variant[];
  readonly judge: Judge;
  readonly points: readonly PointCount[];
  /** What the table is said to depend on, with the pictures' longer side. */
  readonly settings: { readonly size: number };
} & Required<Pick<LandmarkTaskOptions, 'drags' | 'seed'>> &
  Pick<LandmarkTaskOptions, 'minimumDistance'>;

/** The methods that a variant's model is asked for. */
const methods = [dragMethods['one-call'], dragMethods['four-calls']] as [DragMethod, DragMethod];

const recordsFile = 'records.jsonl';

/**
 * Trains the variants of a recipe one after the other, lets each make the same drags, and writes the table. Whatever is
 * there already is not made again.
 *
 * @returns the exit status, as of a training
 */
export async function followRecipe(context: Context, recipe: Recipe, options: FollowRecipeOptions): Promise<number> {
  const { io, quiet, json } = context;
  const { stop } = options;
  for (const variant of options.variants) {
    const folder = await trainVariant(context, variant, options);
    if (folder === null) return trainingStatus(context, false);
    const progress = createProgress(io, { quiet: quiet || json });
    let made = 'none yet';
    try {
      await judgeVariant(folder, options, (done, all) => {
        made = `${done} of ${all}`;
        progress.update(done, all, `drags of ${variant.name}`);
      });
    } catch (error) {
      if (!stop.signal.aborted || error !== stop.signal.reason) throw error;
      progress.end();
      if (!json) io.out(`${variant.name}, drags: stopped after ${made}; the same command goes on\n`);
      return trainingStatus(context, false);
    } finally {
      progress.end();
    }
  }
  const results = await resultsOf(recipe, options);
  const { files, text, rows } = await writeRecipe(options.out, recipe, options.settings, results, methods);
  if (json) io.out(`${JSON.stringify({ settings: options.settings, rows, files })}\n`);
  else io.out(`${text}\n\nwrote ${files.join(', ')}\n`);
  return 0;
}

/** Lets a variant's model make the drags that it has not made yet. */
async function judgeVariant(
  folder: string,
  { generator, judge, points, drags, seed, minimumDistance, stop }: FollowRecipeOptions,
  tell: (done: number, all: number) => void,
): Promise<void> {
  const path = join(folder, recordsFile);
  const done = new Set((await continueRecords(path)).map(recordKey));
  const all = drags * points.length * methods.length;
  if (done.size >= all) return;
  const autodrag = await loadAutodrag({ ...(generator === undefined ? {} : { generator }), ...modelFilesIn(folder) });
  try {
    const tasks = { points, drags, seed, minimumDistance };
    let made = done.size;
    for await (const record of runEvaluation(autodrag, judge, { ...tasks, methods, done, signal: stop.signal })) {
      await appendRecord(path, record);
      tell(++made, all);
    }
  } finally {
    autodrag.dispose();
  }
}

/** What all variants that are there have come to, whoever made them. */
async function resultsOf({ variants }: Recipe, { out, given }: FollowRecipeOptions): Promise<VariantResult[]> {
  const results: VariantResult[] = [];
  for (const variant of variants) {
    const folder = join(out, variant.name);
    const records = await readRecords(join(folder, recordsFile));
    if (records.length === 0) continue;
    const weights: Record<string, string> = {};
    for (const [name, file] of Object.entries(modelFilesIn(folder))) weights[name] = hashOf(await readWholeFile(file));
    results.push({ variant, records, trained: variantSettings(variant, given), weights });
  }
  return results;
}

/** The two files that a variant's training leaves. */
function modelFilesIn(folder: string) {
  return { regularizer: join(folder, 'regularizer.safetensors'), predictor: join(folder, 'predictor.safetensors') };
}
