import type { LazyArray } from './lazy-array.js';

/** Where a checkpoint comes from. */
export type CheckpointKind = 'nvidia-pytorch' | 'nvidia-tensorflow' | 'rosinality' | 'autodrag';

/**
 * A generator as a checkpoint holds it, brought to one set of names and layouts, those of stylegan2-ada-pytorch:
 * `mapping.fc0.weight [out, in]`, `synthesis.b8.conv0.weight [O, I, kh, kw]`, `synthesis.b4.const [C, h, w]` …
 * Nothing has been read yet.
 */
export type RawGenerator = {
  kind: Exclude<CheckpointKind, 'autodrag'>;
  arrays: Map<string, LazyArray>;
  convClamp: number | null;
  mappingLrMultiplier: number;
  /** Length of z where the file says it by itself; null where it follows from the shapes alone. */
  zDim: number | null;
  /** Resampling filters found, each with the factor by which it exceeds one of sum 1. */
  filters: { name: string; array: LazyArray; gain: number }[];
  warnings: string[];
};
