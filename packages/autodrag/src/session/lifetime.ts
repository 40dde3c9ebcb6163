import { SessionError } from '../errors.js';

/**
 * From the making of something that holds tensors to its end. What is at work on it when the end comes is stopped, and
 * only then is it freed: nothing that computes finds its tensors gone.
 */
export type Lifetime = {
  readonly ended: boolean;
  /** @param where what the message begins with @throws SessionError once the end has come */
  check(where: string): void;
  /** Does something that needs it. @throws SessionError if the end has come, before or meanwhile */
  during<T>(where: string, work: () => Promise<T>): Promise<T>;
  /** Frees it, at once or when nothing is at work any more. */
  end(): void;
};

/**
 * @param message what is said to who comes too late
 * @param free called once
 */
export function createLifetime(message: string, free: () => void): Lifetime {
  let ended = false;
  let working = 0;
  const check = (where: string) => {
    if (ended) throw new SessionError(`${where}: ${message}`);
  };
  return {
    get ended() {
      return ended;
    },
    check,
    async during(where, work) {
      check(where);
      working++;
      try {
        const result = await work();
        check(where);
        return result;
      } finally {
        working--;
        if (ended && working === 0) free();
      }
    },
    end() {
      if (ended) return;
      ended = true;
      if (working === 0) free();
    },
  };
}
