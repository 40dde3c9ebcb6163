/** Events that are kept for whoever reads them, from the first one on, whenever that is. */
export type ProgressLog<Event> = AsyncIterable<Event> & {
  add(event: Event): void;
  end(): void;
  /** Readers get this error after the last event. */
  fail(error: unknown): void;
};

/** @param onRead called for every reader */
export function createProgressLog<Event>(onRead: () => void): ProgressLog<Event> {
  const events: Event[] = [];
  let ending: { readonly error?: unknown } | null = null;
  let wake = () => {};
  let changed: Promise<void>;
  const notify = () => {
    const wakeReaders = wake;
    changed = new Promise((resolve) => {
      wake = resolve;
    });
    wakeReaders();
  };
  notify();

  async function* read(): AsyncGenerator<Event, void, undefined> {
    for (let next = 0; ; ) {
      while (next < events.length) yield events[next++]!;
      if (ending) {
        if ('error' in ending) throw ending.error;
        return;
      }
      await changed;
    }
  }

  return {
    add(event) {
      events.push(event);
      notify();
    },
    end() {
      ending = {};
      notify();
    },
    fail(error) {
      ending = { error };
      notify();
    },
    [Symbol.asyncIterator]() {
      onRead();
      return read();
    },
  };
}
