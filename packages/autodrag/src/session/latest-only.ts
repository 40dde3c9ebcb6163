/** Runs one piece of work at a time; of those that wait, the latest alone is done. */
export type LatestOnly = {
  /**
   * Does the work when the one before has ended.
   *
   * @param work is told by `current()` whether it is still the latest, and may end early if not
   * @returns its result, or null if another one came after it
   */
  run<T>(work: (current: () => boolean) => Promise<T>): Promise<T | null>;
  /** Makes all that was asked for outdated, and waits until nothing is at work. */
  stop(): Promise<void>;
};

export function createLatestOnly(): LatestOnly {
  let latest = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const turn = ++latest;
      const current = () => turn === latest;
      const done = last.then(async () => {
        if (!current()) return null;
        const result = await work(current);
        return current() ? result : null;
      });
      last = done.catch(() => {});
      return done;
    },
    async stop() {
      latest++;
      await last;
    },
  };
}
