import type { ParameterTree } from '../../tree/parameter-tree.js';
import { CheckpointDamagedError } from '../training-errors.js';
import {
  type Checkpoint,
  type DecodedCheckpoint,
  decodeCheckpoint,
  type ExpectedCheckpoint,
  encodeCheckpoint,
} from './checkpoint.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { DamagedCheckpoint } from './damaged-checkpoint.js';

/** Written in turn, so that the one before the last is there when the last is damaged. */
export const slots = ['checkpoint.safetensors', 'checkpoint-2.safetensors'] as const;

/** The two checkpoints of a training. */
export type CheckpointFiles<P extends ParameterTree> = {
  /** The newest whole checkpoint, the caller's; null where there is none. */
  readonly resumed: Checkpoint<P> | null;
  /** A line for each damaged file that was left out. */
  readonly warnings: readonly string[];
  /** Replaces the older one. */
  write(checkpoint: Checkpoint<P>): Promise<void>;
};

/**
 * Reads both checkpoints and takes the newer of those that are whole.
 *
 * @throws CheckpointMismatchError if a checkpoint belongs to another training, other settings or other weights
 * @throws CheckpointDamagedError if there are checkpoints and none is whole
 */
export async function openCheckpoints<P extends ParameterTree>(
  store: CheckpointStore,
  expected: ExpectedCheckpoint<P>,
): Promise<CheckpointFiles<P>> {
  const damaged: { name: string; fault: string }[] = [];
  let newest: DecodedCheckpoint<P> | null = null;
  let slot: number = slots.length - 1;
  for (const [index, name] of slots.entries()) {
    const bytes = await store.read(name);
    if (!bytes) continue;
    try {
      const decoded = await decodeCheckpoint(name, bytes, expected);
      if (newest && newest.step >= decoded.step) continue;
      newest = decoded;
      slot = index;
    } catch (error) {
      if (!(error instanceof DamagedCheckpoint)) throw error;
      damaged.push({ name, fault: error.message });
    }
  }
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
