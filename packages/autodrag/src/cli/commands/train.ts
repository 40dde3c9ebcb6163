import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { registerGradients, useBackend } from '../../node/backends.js';
import { encodeSvg } from '../../node/images.js';
import { prepareFolder, writeFileWhole } from '../../node/write-file.js';
import {
  backendOption,
  type Command,
  type Context,
  numberOption,
  textOption,
  textOptions,
  UsageError,
  type Values,
} from '../command.js';
import { plotSvg, type Series } from '../../plot.js';
import { createProgress, formatDuration } from '../progress.js';

/** What a training yields after each step that it reports. Numbers other than `step` and `steps` become curves. */
export type TrainingMetrics = { readonly step: number; readonly steps: number; readonly [name: string]: unknown };

/** What the command hands to every training. Further settings come by `--set name=value`. */
export type TrainingOptions = {
  /** Where checkpoints and the finished weights go. A checkpoint that is there is continued. */
  readonly out: string;
  /** Aborted by Ctrl-C: the training then writes a checkpoint and returns. */
  readonly signal: AbortSignal;
  readonly [name: string]: unknown;
};

type Training = (options: TrainingOptions) => AsyncIterable<TrainingMetrics>;

const trainings = {
  generator: 'trainGenerator',
  detector: 'trainDetector',
  regularizer: 'trainRegularizer',
  predictor: 'trainPredictor',
} as const;
type TrainingName = keyof typeof trainings;

export const trainCommand: Command = {
  name: 'train',
  summary: 'train a generator, a regularizer or a predictor, or go on with a training',
  usage: `${Object.keys(trainings).join('|')} -o DIR [options]`,
  details:
    'Checkpoints go into DIR every few minutes. The same command with the same DIR goes on where the last checkpoint\nwas, with the same figures as if it had not been interrupted. Ctrl-C writes a checkpoint and ends. DIR also gets\nmetrics.jsonl and the learning curves, curves.svg and curves.png.',
  options: {
    out: { type: 'string', short: 'o', value: 'DIR', help: 'folder for checkpoints, weights and curves' },
    steps: { type: 'string', value: 'N', help: 'optimiser steps in all; by default what the recipe says' },
    minutes: { type: 'string', value: 'M', help: 'end with a checkpoint after so many minutes' },
    batch: { type: 'string', value: 'N', help: 'samples a step' },
    seed: { type: 'string', value: 'N', help: 'of all that is random in the training' },
    preset: { type: 'string', value: 'NAME', help: 'sizes and recipe' },
    generator: { type: 'string', value: 'FILE', help: 'the generator to train on; the avatars by default' },
    regularizer: { type: 'string', value: 'FILE', help: 'the regularizer to begin the predictor with' },
    set: { type: 'string', multiple: true, value: 'NAME=VALUE', help: 'any other setting of the training' },
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
    if (name === undefined || !(name in trainings) || positionals.length !== 1) {
      throw new UsageError(`train: expected one of ${Object.keys(trainings).join(', ')}, got '${positionals.join(' ')}'.`);
    }
    const out = textOption(values, 'out');
    if (out === undefined) throw new UsageError("train: say where the checkpoints go: --out DIR, '-o runs/first' for example.");
    const minutes = numberOption(values, 'minutes', undefined, { min: 0 });
    const settings = trainingSettings(values);
    await prepareFolder(out);
    await useBackend(textOption(values, 'backend') ?? 'wasm');
    await registerGradients();
    const train = ((await import('../../training/index.js')) as unknown as Record<string, Training | undefined>)[
      trainings[name as TrainingName]
    ];
    if (!train) throw new UsageError(`train: this version cannot train a ${name}.`);
    const timeout = minutes === undefined ? [] : [AbortSignal.timeout(minutes * 60_000)];
    const signal = AbortSignal.any([io.signal, ...timeout]);
    await follow(context, name, train({ ...settings, out, signal }), out);
  },
};

/** Runs a training to its end: progress, the log, the curves. */
async function follow(
  { io, json, quiet }: Context,
  name: string,
  training: AsyncIterable<TrainingMetrics>,
  out: string,
): Promise<void> {
  const progress = createProgress(io, { quiet: quiet || json });
  const log = join(out, 'metrics.jsonl');
  const from = performance.now();
  let drawn = from;
  let rows: TrainingMetrics[] | null = null;
  let last: TrainingMetrics | null = null;
  try {
    for await (const metrics of training) {
      if (rows === null) {
        rows = await earlierRows(log, metrics.step);
        await writeFileWhole(log, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
        if (rows.length && !json && !quiet) io.err(`going on at step ${metrics.step} of ${metrics.steps}\n`);
      }
      rows.push(metrics);
      last = metrics;
      await appendFile(log, `${JSON.stringify(metrics)}\n`);
      if (json) io.out(`${JSON.stringify(metrics)}\n`);
      progress.update(metrics.step, metrics.steps, summary(metrics));
      if (performance.now() - drawn > 60_000) {
        drawn = performance.now();
        await writeCurves(name, rows, out);
      }
    }
  } finally {
    progress.end();
    if (rows?.length) await writeCurves(name, rows, out);
  }
  if (json) return;
  const finished = last !== null && last.step >= last.steps;
  const time = formatDuration(performance.now() - from);
  if (last === null) io.out(`nothing left to do in ${out}\n`);
  else if (finished) io.out(`finished ${last.steps} steps in ${time}: ${out}\n`);
  else io.out(`stopped at step ${last.step} of ${last.steps} after ${time}; the same command goes on\n`);
}

/** The rows of an earlier run before `step`: what was logged after its last checkpoint is done again. */
async function earlierRows(log: string, step: number): Promise<TrainingMetrics[]> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as TrainingMetrics];
      } catch {
        return []; // the line that was being written when the run was killed
      }
    })
    .filter((row) => row.step < step);
}

async function writeCurves(name: string, rows: readonly TrainingMetrics[], out: string): Promise<void> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => !['step', 'steps'].includes(key) && rows.some((row) => typeof row[key] === 'number' && (row[key] as number) > 0),
  );
  if (!names.length) return;
  const series = names.map((key): Series => {
    const points = rows.flatMap((row): [number, number][] => (typeof row[key] === 'number' ? [[row.step, row[key] as number]] : []));
    return { name: key, points, smooth: points.length > 100 };
  });
  const svg = plotSvg(series, { title: `autodrag train ${name}`, xLabel: 'step', scale: 'log' });
  await writeFileWhole(join(out, 'curves.svg'), svg);
  await writeFileWhole(join(out, 'curves.png'), await encodeSvg(svg));
}

function summary(metrics: TrainingMetrics): string {
  return Object.entries(metrics)
    .filter(([key, value]) => !['step', 'steps'].includes(key) && typeof value === 'number')
    .slice(0, 5)
    .map(([key, value]) => `${key} ${Number((value as number).toPrecision(3))}`)
    .join('  ');
}

/** The settings of a training: only those that were given, so that the recipe's defaults hold. */
function trainingSettings(values: Values): Record<string, unknown> {
  const settings: Record<string, unknown> = {
    steps: numberOption(values, 'steps', undefined, { min: 1, integer: true }),
    batch: numberOption(values, 'batch', undefined, { min: 1, integer: true }),
    seed: numberOption(values, 'seed', undefined, { min: 0, integer: true }),
    preset: textOption(values, 'preset'),
    generator: textOption(values, 'generator'),
    regularizer: textOption(values, 'regularizer'),
  };
  for (const setting of textOptions(values, 'set')) {
    const [, name, text] = /^([A-Za-z]\w*)=(.*)$/s.exec(setting) ?? [];
    if (name === undefined || text === undefined) throw new UsageError(`--set: expected NAME=VALUE, got '${setting}'.`);
    let value: unknown = text;
    try {
      value = JSON.parse(text); // numbers, booleans, lists
    } catch {
      // text as it is
    }
    settings[name] = value;
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
