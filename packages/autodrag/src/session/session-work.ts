import { SessionError } from '../errors.js';
import { createLatestOnly } from './latest-only.js';
import type { Lifetime } from './lifetime.js';

/** What of a session may be at work, and when it has to stop. */
export type SessionWork = {
  /** @throws SessionError if the session, or its models, have ended, or something that changes it is at work */
  checkFree(name: string): void;
  /** Does something that needs the session and its models. @throws SessionError if they end, before or meanwhile */
  during<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Does what changes the session: one at a time, and no preview beside it. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Does what only shows: of several at once the latest, which `current` tells. @returns null for the others */
  latest<T>(name: string, work: (current: () => boolean) => Promise<T>): Promise<T | null>;
  /** What work calls between its steps: throws when it has to stop. */
  checkpoint(name: string, signal: AbortSignal | undefined): () => void;
};

/** @param models which the session needs, so that it ends with them */
export function createSessionWork(life: Lifetime, models: Lifetime): SessionWork {
  let busy: string | null = null;
  const previews = createLatestOnly();
  const check = (name: string) => {
    models.check(name);
    life.check(name);
  };
  const checkFree = (name: string) => {
    check(name);
    if (!busy) return;
    throw new SessionError(`${name}: this session is busy with ${busy}(). Await it first, or abort it by its signal.`);
  };
  const during = <T>(name: string, work: () => Promise<T>): Promise<T> =>
    models.during(name, () => life.during(name, work));
  return {
    checkFree,
    during,
    async alone(name, work) {
      checkFree(name);
      busy = name;
      try {
        return await during(name, async () => {
          await previews.stop();
          return await work();
        });
      } finally {
        busy = null;
      }
    },
    latest: (name, work) => during(name, () => previews.run(work)),
    checkpoint: (name, signal) => () => {
      check(name);
      signal?.throwIfAborted();
    },
  };
}
