import { disposeParameters } from '../../tree/dispose-parameters.js';
import type { ParameterTree } from '../../tree/parameter-tree.js';
import { CheckpointDamagedError } from '../training-errors.js';
import { type DecodedParameters, decodeParameters } from './checkpoint.js';
import { slots } from './checkpoint-files.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { DamagedCheckpoint } from './damaged-checkpoint.js';

/**
 * What another run of the same kind had learned at its newest whole checkpoint.
 *
 * @param fresh of the same shapes; disposed
 * @returns the caller's
 * @throws CheckpointMismatchError if the run is of another kind
 * @throws CheckpointDamagedError if it has no whole checkpoint whose tensors have these shapes
 */
export async function beginWith<P extends ParameterTree>(store: CheckpointStore, kind: string, fresh: P): Promise<P> {
  const faults: string[] = [];
  let newest: DecodedParameters<P> | null = null;
  try {
    for (const name of slots) {
      const bytes = await store.read(name);
      if (!bytes) continue;
      try {
        const decoded = await decodeParameters(name, bytes, { kind, parameters: fresh });
        if (!newest || decoded.step > newest.step) newest = decoded;
      } catch (error) {
        if (!(error instanceof DamagedCheckpoint)) throw error;
        faults.push(`${name} does not fit or is damaged (${error.message})`);
      }
    }
  } finally {
    disposeParameters(fresh);
  }
  if (newest) return newest.upload();
  const why = faults.length > 0 ? faults.join(', ') : 'there is no checkpoint';
  throw new CheckpointDamagedError(
    `begin: ${why}. Give the folder of a ${kind} training that has written one, with networks of the same sizes.`,
  );
}
