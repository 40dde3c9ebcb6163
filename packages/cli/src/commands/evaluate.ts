import {
  codeErrors,
  type GeneratorFidelity,
  generatorFidelity,
  type LandmarkDrag,
  type LocalDrag,
  type LocalDragSummary,
  landmarkDrags,
  localDrags,
  summarizeLandmarkDrags,
  summarizeLocalDrags,
} from '@autodrag/evaluation';
import {
  backendOption,
  type Command,
  type Context,
  modelOptions,
  numberOption,
  textOption,
  UsageError,
} from '../command.js';
import { domainOption } from '../domains.js';
import { compareMethods, mergeRecords } from '../evaluation/compare-methods.js';
import { evaluationMode } from '../evaluation/evaluation-mode.js';
import { openEvaluation } from '../evaluation/open-evaluation.js';
import { judgeOptions } from '../evaluation/open-judge.js';
import { runRecipe } from '../evaluation/recipe/run-recipe.js';
import { writeFigures } from '../evaluation/write-figures.js';
import { writeFileWhole } from '../node/write-file.js';
import { createProgress } from '../progress.js';

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'measure how well a model of the avatars, or of another renderer, drags',
  usage:
    '[--drags N] [-o FILE.json] | --methods NAMES -o DIR | --merge DIRS -o DIR | --recipe NAME -o DIR | --figures -o DIR',
  details:
    'Pulls landmarks of pictures to where they are in others of the same appearance, with one point and with five, and\nlocates them in the result by a detector that was trained on renders alone. Also: errors of the codes with true and\nwith own predictions before them, what the regularizer does to motions and to noise, and how near the generator\ncomes to the renderer. No seed of it is used by a training.\n\nWith --methods: every method on the same drags, one table with intervals, the distance over time, and sheets of\npictures (quartiles, and the worst drag of each method), written to a folder. It goes on where it was stopped. --shard 3/16 makes a sixteenth of it, anywhere; --merge makes one table of\nall shards, the same as without. Methods: none, one-call, four-calls, refine, draggan, freedrag, and uclt\n(UserControllableLT), which is trained first: autodrag train user-controllable-lt.\n\nWith --recipe ablations or steps: trains the model without one part after the other, or with other numbers of steps,\nfor hours, and lets each make the same drags. The same command goes on; exit status as of autodrag train.',
  options: {
    drags: { type: 'string', value: 'N', help: 'drags with one point, and as many with five; 200 by default' },
    local: {
      type: 'string',
      value: 'N',
      help: 'local drags with no, one, two and four anchors each, beside the least change that solves them; 40 by default',
    },
    calls: { type: 'string', value: 'N', help: 'calls of the predictor that one drag may take; 4 by default' },
    seed: { type: 'string', value: 'N', help: 'of the pictures and points; 0 by default' },
    detector: {
      type: 'string',
      value: 'FILE',
      help: 'landmark detector; detector.safetensors of --model, or the one that comes with the avatars',
    },
    ...judgeOptions,
    methods: { type: 'string', value: 'A,B', help: 'compare these on the same drags; 20 drags by default' },
    points: {
      type: 'string',
      value: 'LIST',
      help: 'with --methods or --recipe: out of 1, 5, all, anchors (1 point, 2 stay), mask; 1,5 by default',
    },
    steps: { type: 'string', value: 'N', help: 'with --methods: of DragGAN and FreeDrag, at most; 300 by default' },
    uclt: { type: 'string', value: 'FILE', help: 'with --methods uclt: what train user-controllable-lt wrote' },
    lpips: { type: 'string', value: 'FILE.npz', help: 'with --methods: weights for LPIPS and Fréchet distance' },
    shard: { type: 'string', value: 'K/N', help: 'with --methods: only the K-th of N parts' },
    merge: { type: 'string', value: 'DIR,DIR', help: 'one table of the records in these folders' },
    recipe: {
      type: 'string',
      value: 'NAME',
      choices: ['ablations', 'steps'],
      help: 'train and compare: ablations, or steps (n = 1 to 10, Table 3)',
    },
    variants: { type: 'string', value: 'A,B', help: 'with --recipe: only these; all that are there are in the table' },
    set: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'with --recipe: of all its trainings, predictor.steps=600; names as of autodrag train FOLDER',
    },
    minutes: { type: 'string', value: 'M', help: 'with --recipe: end with a checkpoint after so many minutes' },
    figures: {
      type: 'boolean',
      help: 'pictures to -o DIR: outlier codes restored, motions, drags with and without the regularizer',
    },
    out: { type: 'string', short: 'o', value: 'PATH', help: 'where to write the figures and every drag' },
    ...domainOption,
    ...modelOptions,
    ...backendOption,
  },
  examples: [
    'autodrag evaluate',
    'autodrag evaluate --domain cars --model cars/ --seed 1003',
    'autodrag evaluate --drags 50 --backend node -o figures.json',
    'autodrag evaluate --methods none,one-call,four-calls,refine,draggan --drags 12 --backend node -o rivals/',
    'autodrag evaluate --methods none,draggan --shard 3/16 -o rivals/',
    'autodrag evaluate --merge rivals/ -o rivals/',
    'autodrag evaluate --figures -o figures/',
    'autodrag evaluate --recipe ablations --set predictor.steps=600 --backend node -o runs/ablations/',
  ],
  run(context) {
    const run = { recipe: runRecipe, figures: writeFigures, merge: mergeRecords, methods: compareMethods };
    const mode = evaluationMode(context.values);
    return mode === 'default' ? evaluateModel(context) : run[mode](context);
  },
};

/** What the command does by default: our own method, by landmark drags, local ones, and errors of codes. */
async function evaluateModel(context: Context): Promise<void> {
  const { values, io, json, quiet } = context;
  const drags = numberOption(values, 'drags', 200, { min: 1, integer: true });
  const locals = numberOption(values, 'local', 40, { min: 0, integer: true });
  const calls = numberOption(values, 'calls', 4, { min: 1, integer: true });
  const seed = numberOption(values, 'seed', 0, { min: 0, integer: true });
  const out = textOption(values, 'out');
  const { autodrag, backend, domain, detector } = await openEvaluation(context);
  const { generator, regularizer, predictor } = autodrag;
  if (!regularizer || !predictor) throw new UsageError('evaluate: the model has no regularizer or no predictor.');
  const progress = createProgress(io, { quiet: quiet || json });
  const runs: Record<'onePoint' | 'fivePoints', LandmarkDrag[]> = { onePoint: [], fivePoints: [] };
  const local: LocalDragSummary[] = [];
  const measured = { domain, detector, calls, seed, signal: io.signal };
  try {
    for (const [name, points] of [
      ['onePoint', 1],
      ['fivePoints', 5],
    ] as const) {
      for await (const drag of landmarkDrags(autodrag, { ...measured, drags, points })) {
        runs[name].push(drag);
        progress.update(
          runs.onePoint.length + runs.fivePoints.length,
          2 * drags,
          `${points} point${points > 1 ? 's' : ''}`,
        );
      }
    }
    for (const anchors of locals > 0 ? [0, 1, 2, 4] : []) {
      const found = await collect(localDrags(autodrag, { ...measured, anchors, drags: locals }), (done) =>
        progress.update(done, locals, `local drags, ${anchors} anchors`),
      );
      local.push(summarizeLocalDrags(found, anchors));
    }
  } finally {
    progress.end();
  }
  const figures = {
    domain: domain.name,
    backend,
    seed,
    calls,
    onePoint: summarizeLandmarkDrags(runs.onePoint, autodrag.width),
    fivePoints: summarizeLandmarkDrags(runs.fivePoints, autodrag.width),
    local,
    codes: await codeErrors({ generator, regularizer, predictor }, { seed }),
    generator: await generatorFidelity(generator, detector, { domain, seed }),
  };
  autodrag.dispose();
  if (out !== undefined) await writeFileWhole(out, `${JSON.stringify({ ...figures, drags: runs }, null, 1)}\n`);
  if (json) {
    io.out(`${JSON.stringify(figures)}\n`);
    return;
  }
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  for (const [title, summary] of [
    ['one point', figures.onePoint],
    ['five points', figures.fivePoints],
  ] as const) {
    io.out(
      `${title}, ${summary.drags} drags: ${percent(summary.remainingAfterOneCall)} of the distance remains after one call (median), ` +
        `${percent(summary.remaining)} after up to ${calls}, by the session's own account ${percent(summary.trackedRemaining)} (${summary.trackedRatio.toFixed(2)} times, median); farther away than before: ${percent(summary.worseAfterOneCall)}, ${percent(summary.worse)}; ` +
        `mean distance in px at 512: ${summary.meanDistanceBefore.toFixed(1)} → ${summary.meanDistanceAfterOneCall.toFixed(1)} → ${summary.meanDistance.toFixed(1)}; ` +
        `${summary.medianMilliseconds.toFixed(0)} ms a drag on ${backend}\n`,
    );
  }
  for (const summary of local) io.out(localLine(summary));
  const { codes } = figures;
  io.out(
    `codes, L1 in standard deviations: teacher-forced ${codes.teacherForced.toFixed(3)}, free-running ${codes.freeRunning.toFixed(3)}, standing still ${codes.standingStill.toFixed(3)}\n` +
      `regularizer: undoes ${percent(codes.regularizerMotion)} of a motion, leaves ${percent(codes.regularizerNoise)} of noise\n` +
      generatorLines(figures.generator, autodrag.width),
  );
}

async function collect<T extends LocalDrag>(drags: AsyncIterable<T>, tell: (done: number) => void): Promise<T[]> {
  const all: T[] = [];
  for await (const drag of drags) {
    all.push(drag);
    tell(all.length);
  }
  return all;
}

/** Medians; in brackets those of the least change that solves the same tasks. */
function localLine({ drags, anchors, drawn, remaining, slip, rest, optimum }: LocalDragSummary): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return (
    `local drags with ${anchors} anchors, ${drags} (one of ${drawn.toFixed(1)} drawn has a solution): ${percent(remaining)} of the way remains ` +
    `(${percent(optimum.remaining)}), anchors slip by ${percent(slip)} of the size (${percent(optimum.slip)}), ` +
    `other landmarks move by ${percent(rest)} (${percent(optimum.rest)})\n`
  );
}

/** The generator beside the renderer; ± is half of the 95 % interval. */
function generatorLines(found: GeneratorFidelity, size: number): string {
  const figure = (name: keyof GeneratorFidelity['interval'], digits: number) =>
    `${found[name].toFixed(digits)} ± ${found.interval[name].toFixed(digits)}`;
  const share = (name: 'landmarkError' | 'landmarkErrorOfRenders') =>
    `${figure(name, 2)} px (${((100 * found[name]) / size).toFixed(2)} % of the size)`;
  return (
    `generator against renderer, ${found.samples} pictures: L1 ${figure('l1', 4)}; gradients ${figure('gradients', 3)} of the renderer's\n` +
    `  in boxes around the parts that count: L1 ${figure('l1InParts', 4)}, gradients ${figure('gradientsInParts', 3)} of the renderer's, ` +
    `fine detail correlates by ${figure('correlationInParts', 3)}\n` +
    `  landmarks off by ${share('landmarkError')}; the detector on renders: ${share('landmarkErrorOfRenders')}\n`
  );
}
