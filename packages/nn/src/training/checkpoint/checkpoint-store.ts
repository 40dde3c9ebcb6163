import { StoreLockedError } from '../training-errors.js';

/** What keeps a second training out of a store. */
export type StoreLock = {
  /** @throws StoreLockedError if somebody else has taken the lock meanwhile */
  verify(): Promise<void>;
  release(): Promise<void>;
};

/**
 * Where a training keeps its files. `write` replaces a file as a whole: a reader sees the old bytes or the new ones,
 * never a mixture, whatever moment the process is killed at.
 */
export type CheckpointStore = {
  /** The bytes of `name`, or null when there is no such file. */
  read(name: string): Promise<Uint8Array | null>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Keeps other trainings out until it is released; a store that nobody shares needs none.
   *
   * @throws StoreLockedError that names who has it
   */
  lock?(): Promise<StoreLock>;
};

/** A store in memory: for tests, and for trainings in a page that decides itself what to keep. */
export function createMemoryStore(): CheckpointStore {
  const files = new Map<string, Uint8Array>();
  let locked = false;
  return {
    read: async (name) => files.get(name) ?? null,
    write: async (name, bytes) => {
      files.set(name, bytes.slice());
    },
    lock: async () => {
      if (locked) {
        throw new StoreLockedError('training: another training uses this store. Wait for its end, or use a new store.');
      }
      locked = true;
      return {
        verify: async () => {},
        release: async () => {
          locked = false;
        },
      };
    },
  };
}
