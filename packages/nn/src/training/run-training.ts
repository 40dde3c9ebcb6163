import { assertGradientsRegistered } from '../gradients/assert-gradients-registered.js';
import { disposeParameters } from '../tree/dispose-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { type CheckpointStore, createMemoryStore, type StoreLock } from './checkpoint/checkpoint-store.js';
import { optimizerStep } from './optimizer-step.js';
import { createPace } from './pace.js';
import { type Run, resume } from './resume.js';
import { runSettings } from './run-settings.js';
import { resolveSettings } from './settings.js';
import { TrainingDivergedError, TrainingStoppedError } from './training-errors.js';
import type { MetricsRow, TrainingDefinition, TrainingProgress } from './training-types.js';

/** An event without what every event tells. */
type News = { event: 'train' | 'checkpoint' } | { event: 'resume'; history: readonly MetricsRow[] } | Warning;
type Warning = { event: 'warning'; message: string };

/**
 * The training loop: takes the store's lock, resumes, steps, reports, writes checkpoints, stops on a signal.
 *
 * @param tell gets every event
 */
export async function runTraining<P extends ParameterTree, Result extends object>(
  definition: TrainingDefinition<P, Result>,
  tell: (event: TrainingProgress) => void,
): Promise<Result & { history: MetricsRow[] }> {
  assertGradientsRegistered(definition.kind);
  const { store = createMemoryStore() } = definition;
  const lock = await store.lock?.();
  try {
    return await runLocked(definition, store, lock, tell);
  } finally {
    await definition.dispose?.();
    await lock?.release();
  }
}

async function runLocked<P extends ParameterTree, Result extends object>(
  definition: TrainingDefinition<P, Result>,
  store: CheckpointStore,
  lock: StoreLock | undefined,
  tell: (event: TrainingProgress) => void,
): Promise<Result & { history: MetricsRow[] }> {
  const { kind, steps, signal, phase = () => 'training' } = definition;
  const { reportEvery, checkpointEverySeconds } = resolveSettings(kind, runSettings, {
    reportEvery: definition.reportEvery,
    checkpointEverySeconds: definition.checkpointEverySeconds,
  });
  const { run, files } = await resume(definition, store);
  const pace = createPace();
  const report = (news: News) =>
    tell({
      ...news,
      step: run.step,
      steps,
      phase: phase(Math.min(run.step, steps - 1)),
      metrics: run.curve.history.at(-1) ?? { step: run.step },
      secondsPerStep: pace.secondsPerStep,
      etaSeconds: pace.secondsPerStep * (steps - run.step),
    });
  const save = async () => {
    if (run.saved === run.step) return;
    await lock?.verify();
    const { history, partial } = run.curve;
    await files.write({ step: run.step, ...run.state, history, partial });
    run.saved = run.step;
    report({ event: 'checkpoint' });
  };

  let handedOver = false;
  try {
    for (const message of files.warnings) report({ event: 'warning', message });
    if (run.step > 0) report({ event: 'resume', history: [...run.curve.history] });
    let lastCheckpoint = performance.now();
    while (run.step < steps && !signal?.aborted) {
      // On backends that compute at once nothing below waits: without this no signal, timer or click would ever be
      // heard.
      await new Promise((resolve) => setTimeout(resolve));
      if (signal?.aborted) break;
      await advance(definition, run);
      pace.step();
      // Rows fall on multiples of reportEvery, so that a resumed training reports at the same steps.
      if (run.step % reportEvery === 0 || run.step === steps) {
        run.curve.endRow(run.step);
        pace.measure();
        report({ event: 'train' });
      }
      if (performance.now() - lastCheckpoint > checkpointEverySeconds * 1000 && run.step < steps) {
        await save();
        lastCheckpoint = performance.now();
      }
    }
    await save();
    if (run.step < steps) {
      throw new TrainingStoppedError(
        `${kind}: stopped at step ${run.step} of ${steps}. The same training with the same store goes on from there.`,
        { step: run.step, steps, cause: signal?.reason },
      );
    }
    handedOver = true;
    return { ...(await definition.finish(run.state.parameters)), history: [...run.curve.history] };
  } finally {
    disposeParameters(run.state.optimizer);
    if (!handedOver) disposeParameters(run.state.parameters);
  }
}

/** One step: the batch, the update, the metrics. */
async function advance<P extends ParameterTree>(
  { kind, optimizer, learningRate, resetOptimizer = () => false, prepare }: TrainingDefinition<P, object>,
  run: Run<P>,
): Promise<void> {
  if (resetOptimizer(run.step)) {
    disposeParameters(run.state.optimizer);
    run.state = { ...run.state, optimizer: optimizer.init(run.state.parameters) };
  }
  const batch = await prepare(run.step, run.state.parameters);
  run.curve.add('skipped', batch ? 0 : 1);
  if (batch) {
    try {
      const rate = learningRate(run.step);
      const { state, loss, gradNorm, reported } = await optimizerStep(batch, run.state, {
        optimizer,
        learningRate: rate,
      });
      disposeParameters(run.state);
      run.state = state;
      if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
        throw new TrainingDivergedError(
          `${kind}: the loss is ${loss} (gradient norm ${gradNorm}) at step ${run.step}. ` +
            'Resume with a lower learning rate in a new output folder; the last checkpoint is from before.',
        );
      }
      for (const [name, value] of reported) run.curve.add(name, value);
      run.curve.add('loss', loss);
      run.curve.add('gradNorm', gradNorm);
      for (const [name, value] of Object.entries(batch.metrics ?? {})) run.curve.add(name, value);
    } finally {
      batch.dispose?.();
    }
  }
  run.step += 1;
}
