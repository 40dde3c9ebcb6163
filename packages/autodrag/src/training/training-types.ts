import type { CheckpointStore } from './checkpoint-store.js';

/** One point of a learning curve: `step` and named values, averaged over the steps since the row before. */
export type MetricsRow = { readonly step: number } & { readonly [name: string]: number };

/** What a training yields. */
export interface TrainingProgress {
  /** 'train' rows come every `reportEvery` steps; 'checkpoint' says that everything so far is safe on the store. */
  readonly event: 'train' | 'checkpoint';
  readonly step: number;
  readonly steps: number;
  /** What the training is doing just now, for people: '64x64', 'free running' */
  readonly phase: string;
  readonly metrics: MetricsRow;
  readonly secondsPerStep: number;
  readonly etaSeconds: number;
}

/** Options that every training takes. */
export interface TrainingOptions {
  /** Where checkpoints go and where a resumed training finds them. @default a store in memory */
  store?: CheckpointStore;
  /** @default 180 */
  checkpointEverySeconds?: number;
  /** Steps between two reports. @default 20 */
  reportEvery?: number;
  /** Same seed, same backend: the same metrics, bit by bit. @default 0 */
  seed?: number;
  /** When it fires, the training writes a checkpoint after the step in progress and returns. */
  signal?: AbortSignal;
}
