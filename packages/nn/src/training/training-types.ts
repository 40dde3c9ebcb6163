import type * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from '../optimizer/optimizer.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import type { CheckpointStore } from './checkpoint/checkpoint-store.js';

/** One point of a learning curve: `step` and named values, averaged over the steps since the row before. */
export type MetricsRow = { readonly step: number } & { readonly [name: string]: number };

/** Where a training is. */
type TrainingPosition = {
  /** Optimiser steps done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** What the training is doing just now, for people: '64x64', 'free running' */
  readonly phase: string;
  /** The last row of the learning curve. */
  readonly metrics: MetricsRow;
  readonly secondsPerStep: number;
  readonly etaSeconds: number;
};

/** What a training tells on its way. */
export type TrainingProgress = TrainingPosition &
  (
    | {
        /** `train`: a new row, every `reportEvery` steps. `checkpoint`: everything so far is safe in the store. */
        readonly event: 'train' | 'checkpoint';
      }
    | {
        /** It goes on from a checkpoint. */
        readonly event: 'resume';
        /** The rows up to here. */
        readonly history: readonly MetricsRow[];
      }
    | {
        /** Something that a person should know, in one line. */
        readonly event: 'warning';
        readonly message: string;
      }
  );

/**
 * A training on its way. It runs whether its progress is read or not; an error comes both out of `result` and at the
 * end of `progress`.
 */
export type TrainingRun<Result> = {
  /** Everything from the start, for each reader. Leaving off reading stops nothing. */
  readonly progress: AsyncIterable<TrainingProgress>;
  /**
   * What was trained; its tensors are the caller's.
   *
   * Rejects with a TrainingStoppedError (`name: 'AbortError'`) after the signal has fired and the checkpoint is
   * written.
   */
  readonly result: Promise<Result>;
};

/** Options that every training takes. */
export type TrainingOptions = {
  /** Where checkpoints go and where a resumed training finds them. @default a store in memory */
  store?: CheckpointStore;
  /**
   * Another run of the same kind to begin with: the parameters of its newest checkpoint, in place of fresh ones. Its
   * settings do not matter, only the shapes; the optimiser begins anew, and so does the count of steps. To go on with a
   * run later, give the same again. @default none
   */
  begin?: CheckpointStore;
  /** @default 180 */
  checkpointEverySeconds?: number;
  /** Steps between two rows of the learning curve. @default 20 */
  reportEvery?: number;
  /** When it fires, the training writes a checkpoint after the step in progress and ends. */
  signal?: AbortSignal;
};

/** Values of settings: whatever JSON can hold. */
export type SettingValue =
  | number
  | string
  | boolean
  | null
  | readonly SettingValue[]
  | { readonly [name: string]: SettingValue | undefined };

/** Every setting that decides the result, with the defaults filled in. */
export type Settings = { readonly [name: string]: SettingValue | undefined };

/** What one optimiser step needs: made per step, outside of the gradient. */
export type TrainingStep<P> = {
  /** Scalar loss as a function of the parameters. May write scalars to `metrics` by `report`. */
  loss(parameters: P, report: (name: string, value: tf.Scalar) => void): tf.Scalar;
  /** Values known without the gradient (counts, times). */
  metrics?: Record<string, number>;
  /** Frees what the step holds. */
  dispose?(): void;
};

/** A training as data: the loop around it is the same for all. */
export type TrainingDefinition<P extends ParameterTree, Result extends object> = TrainingOptions & {
  readonly kind: string;
  /** A checkpoint of other settings is refused. */
  readonly settings: Settings;
  /** What a setting counts as that a checkpoint does not name, because it was written before there was that setting. */
  readonly defaults?: Settings;
  /** Weights that the training reads and does not change. A checkpoint that was trained on others is refused. */
  readonly reads?: Readonly<Record<string, ParameterTree>>;
  readonly steps: number;
  /** Fresh parameters, owned by the loop from now on. */
  readonly initial: () => P;
  readonly optimizer: Optimizer;
  readonly learningRate: (step: number) => number | ((name: string) => number);
  /** Whether the optimiser forgets its moments before `step`. @default never */
  readonly resetOptimizer?: (step: number) => boolean;
  readonly phase?: (step: number) => string;
  /**
   * The batch of `step`; must depend on nothing but the step, the seed and the parameters as they are before it, which
   * it only reads. Null skips the step (counted as `skipped`).
   */
  readonly prepare: (step: number, parameters: P) => Promise<TrainingStep<P> | null>;
  /** Frees what the training holds beside its parameters, at its end, however that comes. */
  readonly dispose?: () => void | Promise<void>;
  /** What the training gives for the parameters at its end, which it owns. */
  readonly finish: (parameters: P) => Result | Promise<Result>;
};
