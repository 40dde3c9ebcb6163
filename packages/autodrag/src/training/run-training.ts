import {
  type Adam,
  type AdamState,
  AutodragError,
  assertGradientsRegistered,
  disposeParameters,
  type ParameterTree,
  valueAndGrads,
} from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { createMemoryStore } from './checkpoint-store.js';
import type { MetricsRow, TrainingOptions, TrainingProgress } from './training-types.js';

/** Thrown when a loss is no longer a finite number; the last checkpoint is from before. */
export class TrainingDivergedError extends AutodragError {
  override readonly name = 'TrainingDivergedError';

  constructor(message: string) {
    super('TRAINING_DIVERGED', message);
  }
}

/** What one optimiser step needs: made per step, outside of the gradient. */
export interface TrainingStep<P> {
  /** Scalar loss as a function of the parameters. May write scalars to `metrics` by `report`. */
  loss(parameters: P, report: (name: string, value: tf.Scalar) => void): tf.Scalar;
  /** Values known without the gradient (counts, times). */
  metrics?: Record<string, number>;
  /** Frees what the step holds. */
  dispose?(): void;
}

/** A training as data: the loop around it is the same for all. */
export interface TrainingDefinition<P extends ParameterTree> extends TrainingOptions {
  readonly kind: string;
  /** Everything that decides the result, as text; a checkpoint of another fingerprint is refused. */
  readonly fingerprint: string;
  readonly steps: number;
  /** Fresh parameters, owned by the loop from now on. */
  readonly initial: () => P;
  readonly optimizer: Adam;
  readonly learningRate: (step: number) => number | ((name: string) => number);
  /** Whether the optimiser forgets its moments before `step`. @default never */
  readonly resetOptimizer?: (step: number) => boolean;
  readonly phase?: (step: number) => string;
  /** The batch of `step`; must depend on nothing but the step and the seed. Null skips the step (counted as `skipped`). */
  readonly prepare: (step: number) => Promise<TrainingStep<P> | null>;
}

/**
 * The training loop: resumes from the store, steps, reports, writes checkpoints, stops on a signal.
 *
 * @yields a row every `reportEvery` steps and a note after every checkpoint
 * @returns the trained parameters, the caller's, and the learning curve
 * @throws GradientsNotRegisteredError, TrainingDivergedError, CheckpointMismatchError
 */
export async function* runTraining<P extends ParameterTree>({
  kind,
  fingerprint,
  steps,
  initial,
  optimizer: method,
  learningRate,
  resetOptimizer = () => false,
  phase = () => 'training',
  prepare,
  store = createMemoryStore(),
  checkpointEverySeconds = 180,
  reportEvery = 20,
  signal,
}: TrainingDefinition<P>): AsyncGenerator<TrainingProgress, { parameters: P; history: MetricsRow[]; step: number }> {
  assertGradientsRegistered(kind);
  let parameters = initial();
  let optimizer: AdamState = method.init(parameters);
  let history: MetricsRow[] = [];
  let partial: Record<string, [total: number, count: number]> = {};
  let step = 0;

  const replace = (nextParameters: P, nextOptimizer: AdamState) => {
    disposeParameters(parameters);
    tf.dispose([optimizer.m, optimizer.v]);
    parameters = nextParameters;
    optimizer = nextOptimizer;
  };

  let finished = false;
  try {
    const resumed = await loadCheckpoint(store, kind, fingerprint, parameters);
    if (resumed) {
      replace(resumed.parameters, resumed.optimizer);
      ({ step, history, partial } = resumed);
    }

    let rowStart = performance.now();
    let rowSteps = 0;
    let warm = false;
    let secondsPerStep = 0;
    let lastCheckpoint = performance.now();
    const add = (name: string, value: number) => {
      const [total, count] = partial[name] ?? [0, 0];
      partial[name] = [total + value, count + 1];
    };
    const progress = (event: TrainingProgress['event']): TrainingProgress => ({
      event,
      step,
      steps,
      phase: phase(Math.min(step, steps - 1)),
      metrics: history.at(-1) ?? { step },
      secondsPerStep,
      etaSeconds: secondsPerStep * (steps - step),
    });

    while (step < steps && !signal?.aborted) {
      // On backends that compute at once nothing below waits: without this no signal, timer or click would ever be heard.
      await new Promise((resolve) => setTimeout(resolve));
      if (signal?.aborted) break;
      if (resetOptimizer(step)) {
        tf.dispose([optimizer.m, optimizer.v]);
        optimizer = method.init(parameters);
      }
      const batch = await prepare(step);
      if (batch) {
        const reported = new Map<string, tf.Scalar>();
        let loss: number;
        let gradNorm: number;
        try {
          const { value, grads } = valueAndGrads<P>(
            (p) =>
              batch.loss(p, (name, scalar) => {
                reported.get(name)?.dispose();
                reported.set(name, tf.keep(scalar.clone()) as tf.Scalar);
              }),
            parameters,
          );
          const update = method.update(parameters, grads, optimizer, { learningRate: learningRate(step) });
          replace(update.params, update.state);
          disposeParameters(grads);
          const names = [...reported.keys()];
          const scalars = [value, update.gradNorm, ...reported.values()];
          const values = (await Promise.all(scalars.map((scalar) => scalar.data()))).map((data) => data[0]!);
          tf.dispose([value, update.gradNorm]);
          [loss, gradNorm] = values as [number, number];
          names.forEach((name, i) => {
            add(name, values[i + 2]!);
          });
        } finally {
          tf.dispose([...reported.values()]);
          batch.dispose?.();
        }
        if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
          throw new TrainingDivergedError(
            `${kind}: the loss is ${loss} (gradient norm ${gradNorm}) at step ${step}. ` +
              'Resume with a lower learning rate in a new output folder; the last checkpoint is from before.',
          );
        }
        add('loss', loss);
        add('gradNorm', gradNorm);
        for (const [name, number] of Object.entries(batch.metrics ?? {})) add(name, number);
        add('skipped', 0);
      } else {
        add('skipped', 1);
      }
      step += 1;
      // The first step of a run also makes what the others find ready; its time says nothing about theirs.
      if (warm) rowSteps += 1;
      else {
        warm = true;
        rowStart = performance.now();
      }

      // Rows fall on multiples of reportEvery, so that a resumed training reports at the same steps.
      if (step % reportEvery === 0 || step === steps) {
        const averages = Object.entries(partial).map(([name, [total, count]]) => [name, total / count]);
        history.push({ ...Object.fromEntries(averages), step });
        partial = {};
        if (rowSteps > 0) secondsPerStep = (performance.now() - rowStart) / 1000 / rowSteps;
        rowStart = performance.now();
        rowSteps = 0;
        yield progress('train');
      }
      if (performance.now() - lastCheckpoint > checkpointEverySeconds * 1000 && step < steps) {
        await saveCheckpoint(store, kind, fingerprint, { step, parameters, optimizer, history, partial });
        lastCheckpoint = performance.now();
        yield progress('checkpoint');
      }
    }
    await saveCheckpoint(store, kind, fingerprint, { step, parameters, optimizer, history, partial });
    yield progress('checkpoint');
    finished = true;
    return { parameters, history, step };
  } finally {
    tf.dispose([optimizer.m, optimizer.v]);
    if (!finished) disposeParameters(parameters);
  }
}
