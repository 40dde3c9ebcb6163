import { join } from 'node:path';
import type { CheckpointStore, MetricsRow, TrainingProgress } from '@autodrag/autodrag/training';
import { loadSafetensors } from '@autodrag/nn';
import { backendOption, type Command, type Context, numberOption, textOption, UsageError } from '../command.js';
import { registerGradients, useBackend } from '../node/backends.js';
import { createFileStore } from '../node/file-store.js';
import { encodeSvg } from '../node/images.js';
import { prepareFolder, writeFileWhole } from '../node/write-file.js';
import { plotSvg, type Series } from '../plot.js';
import { createProgress, formatDuration } from '../progress.js';
import { readTrainingSettings } from './training-settings.js';
import { type Training, type TrainingName, type TrainingRun, trainings } from './trainings.js';

export const trainCommand: Command = {
  name: 'train',
  summary: 'train a generator, a regularizer or a predictor, or go on with a training',
  usage: `${Object.keys(trainings).join('|')} -o DIR [options]`,
  details:
    'Checkpoints go into DIR every few minutes. The same command with the same DIR goes on where the last checkpoint\nwas, with the same figures as if it had not been interrupted. Ctrl-C writes a checkpoint and ends. DIR also gets\nmetrics.json and the learning curves, curves.svg and curves.png.\n\nSettings for --set:\n' +
    Object.entries(trainings)
      .map(([name, { settings }]) => wrapped(`${name}: ${Object.keys(settings).join(', ')}`))
      .join('\n'),
  options: {
    out: { type: 'string', short: 'o', value: 'DIR', help: 'folder for checkpoints, weights and curves' },
    steps: {
      type: 'string',
      value: 'N',
      help: 'optimiser steps in all; by default what the recipe says. Not of the generator, whose stages decide',
    },
    minutes: { type: 'string', value: 'M', help: 'end with a checkpoint after so many minutes' },
    batch: { type: 'string', value: 'N', help: 'samples a step: motions for the predictor. Not of the generator' },
    seed: { type: 'string', value: 'N', help: 'of all that is random in the training' },
    generator: { type: 'string', value: 'FILE', help: 'the generator to train on; the avatars by default' },
    regularizer: { type: 'string', value: 'FILE', help: 'the regularizer to begin the predictor with' },
    set: { type: 'string', multiple: true, value: 'NAME=VALUE', help: 'any other setting of the training: see above' },
    ...backendOption,
  },
  examples: [
    'autodrag train generator -o runs/generator',
    'autodrag train regularizer -o runs/regularizer --generator runs/generator/generator.safetensors',
    'autodrag train predictor -o runs/predictor --regularizer runs/regularizer/regularizer.safetensors --backend node',
    'autodrag train predictor -o runs/predictor --minutes 30   # goes on',
  ],
  async run(context) {
    const { values, positionals, io } = context;
    const [name] = positionals;
    if (name === undefined || !Object.hasOwn(trainings, name) || positionals.length !== 1) {
      throw new UsageError(
        `train: expected one of ${Object.keys(trainings).join(', ')}, got '${positionals.join(' ')}'.`,
      );
    }
    const out = textOption(values, 'out');
    if (out === undefined)
      throw new UsageError("train: say where the checkpoints go: --out DIR, '-o runs/first' for example.");
    const minutes = numberOption(values, 'minutes', undefined, { min: 0 });
    const training: Training = trainings[name as TrainingName];
    const settings = readTrainingSettings(name, training, values);
    const models = { generator: textOption(values, 'generator'), regularizer: textOption(values, 'regularizer') };
    for (const model of ['generator', 'regularizer'] as const) {
      if (models[model] === undefined || training.models.includes(model)) continue;
      throw new UsageError(`train ${name}: --${model}: this training builds on no ${model}. Leave it out.`);
    }
    await prepareFolder(out);
    await useBackend(textOption(values, 'backend') ?? 'wasm');
    await registerGradients();
    const timeout = minutes === undefined ? [] : [AbortSignal.timeout(minutes * 60_000)];
    const signal = AbortSignal.any([io.signal, ...timeout]);
    const store = createFileStore(out);
    await follow(context, name, training.run({ settings: { ...settings, store, signal }, ...models }), store, out);
  },
};

/** Runs a training to its end: progress, the log, the curves. */
async function follow(
  { io, json, quiet }: Context,
  name: string,
  training: TrainingRun,
  store: CheckpointStore,
  out: string,
): Promise<void> {
  const progress = createProgress(io, { quiet: quiet || json });
  const from = performance.now();
  let rows: MetricsRow[] | null = null;
  let last: TrainingProgress | null = null;
  let files: string[] = [];
  try {
    for (;;) {
      const next = await training.next();
      if (next.done) {
        const { step, files: make } = next.value;
        // A training that was stopped has a checkpoint and no weights yet.
        if (last === null || step >= last.steps) {
          for (const [file, bytes] of Object.entries(await make())) {
            await writeFileWhole(join(out, file), bytes);
            files = [...files, join(out, file)];
          }
        }
        break;
      }
      const now = next.value;
      if (rows === null) {
        rows = await earlierRows(store, now.metrics.step);
        if (rows.length && !json && !quiet) io.err(`going on after step ${rows.at(-1)?.step} of ${now.steps}\n`);
      }
      last = now;
      if (now.event === 'train') rows.push(now.metrics);
      if (json) io.out(`${JSON.stringify(now)}\n`);
      const left = now.step < now.steps && now.etaSeconds > 0 ? `${formatDuration(now.etaSeconds * 1000)} left` : '';
      progress.update(now.step, now.steps, [now.phase, summary(now.metrics)].join('  '), left);
      if (now.event === 'checkpoint') await writeCurves(name, rows, out);
    }
  } finally {
    progress.end();
  }
  if (json) return;
  const time = formatDuration(performance.now() - from);
  if (last === null) io.out(`nothing left to do in ${out}\n`);
  else if (last.step >= last.steps) io.out(`finished ${last.steps} steps in ${time}: ${files.join(', ')}\n`);
  else io.out(`stopped at step ${last.step} of ${last.steps} after ${time}; the same command goes on\n`);
}

/** The rows of an earlier run, from its checkpoint. */
async function earlierRows(store: CheckpointStore, before: number): Promise<MetricsRow[]> {
  const bytes = await store.read('checkpoint.safetensors');
  if (!bytes) return [];
  const { metadata } = await loadSafetensors(bytes);
  return (JSON.parse(metadata.history ?? '[]') as MetricsRow[]).filter((row) => row.step < before);
}

async function writeCurves(name: string, rows: readonly MetricsRow[], out: string): Promise<void> {
  await writeFileWhole(join(out, 'metrics.json'), `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => !hidden.has(key) && rows.some((row) => (row[key] as number) > 0),
  );
  if (!names.length) return;
  const series = names.map((key): Series => {
    const points = rows.flatMap((row): [number, number][] => (row[key] === undefined ? [] : [[row.step, row[key]]]));
    return { name: key, points, smooth: points.length > 100 };
  });
  const svg = plotSvg(series, { title: `autodrag train ${name}`, xLabel: 'step', scale: 'log' });
  await writeFileWhole(join(out, 'curves.svg'), svg);
  await writeFileWhole(join(out, 'curves.png'), await encodeSvg(svg));
}

/** Not drawn: they are no measure of success and would stretch the scale. */
const hidden = new Set(['step', 'gradNorm', 'skipped']);

function summary(metrics: MetricsRow): string {
  return Object.entries(metrics)
    .filter(([key]) => !hidden.has(key))
    .slice(0, 5)
    .map(([key, value]) => `${key} ${Number(value.toPrecision(3))}`)
    .join('  ');
}

/** Lines of at most 100 letters, for the help. */
function wrapped(text: string): string {
  return text.replace(/(.{1,96})(?: |$)/g, (_, line: string, at: number) => `${at === 0 ? '  ' : '\n    '}${line}`);
}
