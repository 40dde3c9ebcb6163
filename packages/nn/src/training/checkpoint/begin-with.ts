import { disposeParameters } from '../../tree/dispose-parameters.js';
import type { ParameterTree } from '../../tree/parameter-tree.js';
import { CheckpointDamagedError } from '../training-errors.js';
import { decodeParameters } from './checkpoint.js';
import { readNewest } from './checkpoint-files.js';
import type { CheckpointStore } from './checkpoint-store.js';

/**
 * What another run of the same kind had learned at its newest whole checkpoint.
 *
 * @param fresh of the same shapes; disposed
 * @returns the caller's
 * @throws CheckpointMismatchError if the run is of another kind
 * @throws CheckpointDamagedError if it has no whole checkpoint whose tensors have these shapes
 */
export async function beginWith<P extends ParameterTree>(store: CheckpointStore, kind: string, fresh: P): Promise<P> {
  try {
    const { newest, damaged } = await readNewest(store, (name, bytes) =>
      decodeParameters(name, bytes, { kind, parameters: fresh }),
    );
    if (newest) return newest.upload();
    const faults = damaged.map(({ name, fault }) => `${name} does not fit or is damaged (${fault})`);
    const why = faults.join(', ') || 'there is no checkpoint';
    throw new CheckpointDamagedError(
      `begin: ${why}. Give the folder of a ${kind} training that has written one, with networks of the same sizes.`,
    );
  } finally {
    disposeParameters(fresh);
  }
}
