import type { ParameterTree } from '../../tree/parameter-tree.js';
import { CheckpointDamagedError } from '../training-errors.js';
import { type Checkpoint, decodeCheckpoint, type ExpectedCheckpoint, encodeCheckpoint } from './checkpoint.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { DamagedCheckpoint } from './damaged-checkpoint.js';

/** Written in turn, so that the one before the last is there when the last is damaged. */
const slots = ['checkpoint.safetensors', 'checkpoint-2.safetensors'] as const;

/** The two checkpoints of a training. */
export type CheckpointFiles<P extends ParameterTree> = {
  /** The newest whole checkpoint, the caller's; null where there is none. */
  readonly resumed: Checkpoint<P> | null;
  /** A line for each damaged file that was left out. */
  readonly warnings: readonly string[];
  /** Replaces the older one. */
  write(checkpoint: Checkpoint<P>): Promise<void>;
};

/** The newest of a store's checkpoints that are whole. */
export type NewestCheckpoint<T> = {
  /** Null where there is none. */
  readonly newest: T | null;
  /** The file that it is in: index of `slots`. */
  readonly slot: number;
  /** The others, and what is wrong with them. */
  readonly damaged: readonly { readonly name: string; readonly fault: string }[];
};

/**
 * Reads both checkpoints and takes the newer of those that are whole.
 *
 * @param decode throws DamagedCheckpoint for bytes that are none; any other error is passed on
 */
export async function readNewest<T extends { readonly step: number }>(
  store: CheckpointStore,
  decode: (name: string, bytes: Uint8Array) => Promise<T>,
): Promise<NewestCheckpoint<T>> {
  const damaged: { name: string; fault: string }[] = [];
  let newest: T | null = null;
  let slot: number = slots.length - 1;
  for (const [index, name] of slots.entries()) {
    const bytes = await store.read(name);
    if (!bytes) continue;
    try {
      const decoded = await decode(name, bytes);
      if (newest && newest.step >= decoded.step) continue;
      newest = decoded;
      slot = index;
    } catch (error) {
      if (!(error instanceof DamagedCheckpoint)) throw error;
      damaged.push({ name, fault: error.message });
    }
  }
  return { newest, slot, damaged };
}

/**
 * The checkpoints of a training: the newest whole one, and where the next one goes.
 *
 * @throws CheckpointMismatchError if a checkpoint belongs to another training, other settings or other weights
 * @throws CheckpointDamagedError if there are checkpoints and none is whole
 */
export async function openCheckpoints<P extends ParameterTree>(
  store: CheckpointStore,
  expected: ExpectedCheckpoint<P>,
): Promise<CheckpointFiles<P>> {
  const read = await readNewest(store, (name, bytes) => decodeCheckpoint(name, bytes, expected));
  const { newest, damaged } = read;
  let { slot } = read;
  const faults = damaged.map(({ name, fault }) => `${name} is damaged (${fault})`);
  if (!newest && damaged.length > 0) {
    const names = damaged.map(({ name }) => name).join(' and ');
    throw new CheckpointDamagedError(
      `resume: ${faults.join(', ')} and no other checkpoint is there. Restore a copy of it, or delete ${names} to start anew.`,
    );
  }
  return {
    resumed: newest?.upload() ?? null,
    warnings: faults.map((fault) => `${fault} and was left out: going on from ${slots[slot]}, step ${newest?.step}.`),
    async write(checkpoint) {
      const next = (slot + 1) % slots.length;
      await store.write(slots[next]!, await encodeCheckpoint(expected, checkpoint));
      slot = next;
    },
  };
}
