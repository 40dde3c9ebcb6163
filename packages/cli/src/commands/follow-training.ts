import { join } from 'node:path';
import { type MetricsRow, type TrainingProgress, TrainingStoppedError } from '@autodrag/nn/training';
import type { Context } from '../command.js';
import { writeFileWhole } from '../node/write-file.js';
import { createProgress, formatDuration, type Progress } from '../progress.js';
import { timeLeft } from './time-left.js';
import { drawCurves, hiddenMetrics, writeMetrics } from './training-curves.js';
import type { StartedTraining } from './trainings.js';

export type FollowOptions = {
  /** For people: 'predictor', 'stage 2 of 2, predictor' */
  readonly name: string;
  /** Folder of metrics.json and the learning curves. */
  readonly curves: string;
  /** Folder of the weights. */
  readonly weights: string;
  /** Ends the training where following it fails. */
  readonly stop: AbortController;
  /** Seconds that trainings after this one will take, as far as its pace tells. */
  readonly later?: (secondsPerStep: number) => number;
};

/** The curves are drawn after a checkpoint, but not after every one of those that come close together. */
const secondsBetweenCurves = 30;

/**
 * Follows a training to its end, with progress on stderr (or a JSON line for each event on stdout), and writes its
 * curves and its weights.
 *
 * @returns whether it is finished: false if it was stopped
 */
export async function followTraining(
  { io, json, quiet }: Context,
  training: StartedTraining,
  { name, curves, weights, stop, later }: FollowOptions,
): Promise<boolean> {
  const progress = createProgress(io, { quiet: quiet || json });
  const from = performance.now();
  const spent = () => formatDuration(performance.now() - from);
  const draw = (rows: readonly MetricsRow[]) => drawCurves(curves, `autodrag train: ${name}`, rows);
  let rows: readonly MetricsRow[] = [];
  let drawn = Number.NEGATIVE_INFINITY;
  try {
    await followProgress(training, progress, {
      onEvent: (now) => {
        if (json) io.out(`${JSON.stringify({ training: name, ...now })}\n`);
        if (now.event === 'warning') io.err(`autodrag: ${now.message}\n`);
        if (now.event === 'resume' && !json && !quiet)
          io.err(`${name}: going on after step ${now.step} of ${now.steps}\n`);
      },
      onRows: async (safe) => {
        rows = safe;
        await writeMetrics(curves, rows);
        if (performance.now() - drawn < secondsBetweenCurves * 1000) return;
        await draw(rows);
        drawn = performance.now();
      },
      left: (now) => timeLeft(now, later),
    });
    const { history, files } = await training.finish();
    progress.end();
    await writeMetrics(curves, history);
    await draw(history);
    const paths = Object.keys(files).map((file) => join(weights, file));
    for (const [i, bytes] of Object.values(files).entries()) await writeFileWhole(paths[i]!, bytes);
    const written = paths.length > 0 ? `: ${paths.join(', ')}` : '';
    if (!json) io.out(`${name}: finished ${history.at(-1)?.step ?? 0} steps in ${spent()}${written}\n`);
    return true;
  } catch (error) {
    progress.end();
    if (error instanceof TrainingStoppedError) {
      await draw(rows);
      const { step, steps } = error;
      if (!json) io.out(`${name}: stopped at step ${step} of ${steps} after ${spent()}; the same command goes on\n`);
      return false;
    }
    stop.abort();
    await training.finish().catch(() => {});
    throw error;
  } finally {
    progress.end();
    training.dispose();
  }
}

async function followProgress(
  training: StartedTraining,
  progress: Progress,
  {
    onEvent,
    onRows,
    left,
  }: {
    onEvent(now: TrainingProgress): void;
    /** Gets the rows up to what is safe in the store. */
    onRows(rows: readonly MetricsRow[]): Promise<void>;
    left(now: TrainingProgress): string;
  },
): Promise<void> {
  const rows: MetricsRow[] = [];
  for await (const now of training.progress) {
    if (now.event === 'warning') progress.end();
    onEvent(now);
    if (now.event === 'warning') continue;
    if (now.event === 'resume') for (const row of now.history) rows.push(row); // a spread of a long history overflows the stack
    if (now.event === 'train') rows.push(now.metrics);
    progress.update(now.step, now.steps, [now.phase, summary(now.metrics)].join('  '), left(now));
    if (now.event !== 'train') await onRows(rows);
  }
}

function summary(metrics: MetricsRow): string {
  return Object.entries(metrics)
    .filter(([key]) => !hiddenMetrics.has(key))
    .slice(0, 5)
    .map(([key, value]) => `${key} ${Number(value.toPrecision(3))}`)
    .join('  ');
}
