import { landmarkJudge, recipes } from '@autodrag/evaluation';
import { type Context, choiceOption, numberOption, textOption, UsageError } from '../../command.js';
import { modelFiles } from '../../commands/open-model.js';
import { readStageSettings } from '../../commands/stage-settings.js';
import { trainingStop } from '../../commands/training-stop.js';
import { registerGradients } from '../../node/backends.js';
import { createFileStore } from '../../node/file-store.js';
import { prepareFolder } from '../../node/write-file.js';
import { hashesOf } from '../hashes-of.js';
import { openEvaluation } from '../open-evaluation.js';
import { parseList, parsePoints } from '../parse-lists.js';
import { hashOf } from '../records-file.js';
import { keepSettings } from '../settings-file.js';
import { followRecipe } from './follow-recipe.js';
import { recipeHours } from './recipe-hours.js';

/**
 * `autodrag evaluate --recipe …`: trains each variant of a recipe on the model's generator and compares them. Goes on
 * where it was stopped; folders of variants that other machines made may be put beside.
 *
 * @returns the exit status, as of a training
 */
export async function runRecipe(context: Context): Promise<number> {
  const { values, io, json, quiet } = context;
  const recipe = recipes[choiceOption(values, 'recipe', Object.keys(recipes), 'ablations')]!;
  const names = recipe.variants.map(({ name }) => name);
  const chosen = parseList(textOption(values, 'variants') ?? names.join(), '--variants', names);
  const points = parsePoints(textOption(values, 'points') ?? '1,5');
  const drags = numberOption(values, 'drags', 50, { min: 1, integer: true });
  const seed = numberOption(values, 'seed', 0, { min: 0, integer: true });
  const out = textOption(values, 'out');
  if (out === undefined) throw new UsageError('evaluate: --recipe needs a folder for its trainings: give -o DIR.');
  const given = readStageSettings('evaluate --recipe', { set: values.set });
  const stop = trainingStop(context);
  const variants = recipe.variants.filter(({ name }) => chosen.includes(name));
  await prepareFolder(out);

  const { autodrag, backend, domain, detector, detectorBytes } = await openEvaluation(context);
  const size = Math.max(autodrag.width, autodrag.height);
  autodrag.dispose(); // every variant is loaded on its own
  await registerGradients();
  const judge = landmarkJudge(domain, detector);
  const folder = textOption(values, 'model');
  const generator = folder === undefined ? undefined : (await modelFiles(folder)).generator;
  const { generator: hash } = await hashesOf(folder);
  const settings = {
    ...{ recipe: recipe.name, weights: { generator: hash }, size, seed, drags, points: points.map(String) },
    ...{ judge: `${judge.name} ${hashOf(detectorBytes)}`, backend, given },
  };
  const lock = await createFileStore(out).lock();
  try {
    await keepSettings(out, settings);
    if (!quiet && !json) io.err(`${recipe.title}: ${recipeHours(variants, given)}\n`);
    const task = { points, drags, seed, judge, settings };
    return await followRecipe(context, recipe, { ...task, out, domain, generator, given, stop, variants });
  } finally {
    await lock.release();
  }
}
