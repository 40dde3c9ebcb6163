/**
 * Where a training keeps its files. `write` replaces a file as a whole: a reader sees the old bytes or the new ones,
 * never a mixture, whatever moment the process is killed at.
 */
export interface CheckpointStore {
  /** The bytes of `name`, or null when there is no such file. */
  read(name: string): Promise<Uint8Array | null>;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** A store in memory: for tests, and for trainings in a page that decides itself what to keep. */
export function createMemoryStore(): CheckpointStore {
  const files = new Map<string, Uint8Array>();
  return {
    read: async (name) => files.get(name) ?? null,
    write: async (name, bytes) => {
      files.set(name, bytes.slice());
    },
  };
}
