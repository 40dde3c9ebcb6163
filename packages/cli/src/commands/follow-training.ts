import { join } from 'node:path';
import { type MetricsRow, type TrainingProgress, TrainingStoppedError } from '@autodrag/nn/training';
import type { Context } from '../command.js';
import { writeFileWhole } from '../node/write-file.js';
import { createProgress, formatDuration } from '../progress.js';
import { hiddenMetrics, writeCurves } from './training-curves.js';
import type { StartedTraining } from './trainings.js';

export type Ending = { readonly finished: boolean; readonly step: number; readonly files: readonly string[] };

/**
 * Follows a training to its end, with progress on stderr (or a JSON line for each event on stdout), and writes its curves
 * and its weights into a folder.
 *
 * @param name for the title of the curves
 */
export async function followTraining(
  { io, json, quiet }: Context,
  name: string,
  training: StartedTraining,
  out: string,
): Promise<Ending> {
  const title = `autodrag train ${name}`;
  const progress = createProgress(io, { quiet: quiet || json });
  const from = performance.now();
  const spent = () => formatDuration(performance.now() - from);
  const rows: MetricsRow[] = [];
  try {
    for await (const now of training.progress) {
      if (json) io.out(`${JSON.stringify(now)}\n`);
      if (now.event === 'warning') {
        progress.end();
        io.err(`autodrag: ${now.message}\n`);
        continue;
      }
      if (now.event === 'resume') {
        for (const row of now.history) rows.push(row); // a spread of a long history overflows the stack
        if (!json && !quiet) io.err(`going on after step ${now.step} of ${now.steps}\n`);
      }
      if (now.event === 'train') rows.push(now.metrics);
      progress.update(now.step, now.steps, [now.phase, summary(now.metrics)].join('  '), timeLeft(now));
      if (now.event !== 'train') await writeCurves(out, title, rows);
    }
    const { history, files } = await training.finish();
    progress.end();
    await writeCurves(out, title, history);
    const paths: string[] = [];
    for (const [file, bytes] of Object.entries(files)) {
      await writeFileWhole(join(out, file), bytes);
      paths.push(join(out, file));
    }
    const steps = history.at(-1)?.step ?? 0;
    if (!json) io.out(`finished ${steps} steps in ${spent()}: ${paths.join(', ')}\n`);
    return { finished: true, step: steps, files: paths };
  } catch (error) {
    if (!(error instanceof TrainingStoppedError)) throw error;
    progress.end();
    const { step, steps } = error;
    if (!json) io.out(`stopped at step ${step} of ${steps} after ${spent()}; the same command goes on\n`);
    return { finished: false, step, files: [] };
  } finally {
    progress.end();
    training.dispose();
  }
}

function timeLeft({ step, steps, etaSeconds }: TrainingProgress): string {
  return step < steps && etaSeconds > 0 ? `${formatDuration(etaSeconds * 1000)} left` : '';
}

function summary(metrics: MetricsRow): string {
  return Object.entries(metrics)
    .filter(([key]) => !hiddenMetrics.has(key))
    .slice(0, 5)
    .map(([key, value]) => `${key} ${Number(value.toPrecision(3))}`)
    .join('  ');
}
