import { MatchWorkerError } from '../errors.js';
import type { JobMessage } from './messages.js';
import type { PoolEvent } from './pool-state.js';
import type { Prepared } from './pool-tasks.js';
import { type AnyWorker, type PortableWorker, portableWorker } from './portable-worker.js';
import { readReply } from './read-reply.js';

type PoolWorkersOptions<Result> = {
  createWorker: () => AnyWorker | Promise<AnyWorker>;
  readResult?: (value: unknown) => Result;
};

/** The workers of a pool, by number. Whatever becomes of them is told by events. */
export type PoolWorkers = {
  start(id: number): void;
  stop(id: number): void;
  send(id: number, job: number, prepared: Prepared<unknown>): void;
  /** When no worker is being started or stopped any more. */
  settled(): Promise<void>;
};

/** @param apply is told what the workers do */
export function createPoolWorkers<Result>(
  { createWorker, readResult = (value) => value as Result }: PoolWorkersOptions<Result>,
  apply: (event: PoolEvent<Result>) => void,
): PoolWorkers {
  const workers = new Map<number, PortableWorker>();
  /** Starts and stops that are not over yet. */
  const pending = new Set<Promise<void>>();

  function track(work: Promise<void>): void {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  }

  async function start(id: number): Promise<void> {
    try {
      const worker = portableWorker(await createWorker());
      workers.set(id, worker);
      worker.listen(
        (message) => apply({ type: 'reply', worker: id, reply: readReply(message, readResult) }),
        (reason, gone) => {
          if (gone) workers.delete(id);
          apply({ type: 'died', worker: id, reason, gone });
        },
      );
      worker.unref(); // after the listeners, which hold it; what keeps the process alive is the clock of a job
      apply({ type: 'started', worker: id });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const error = new MatchWorkerError(`worker pool: a worker could not be started: ${reason}`, { cause });
      await workers.get(id)?.terminate();
      workers.delete(id);
      apply({ type: 'start-failed', worker: id, error });
    }
  }

  async function stop(id: number): Promise<void> {
    const worker = workers.get(id);
    workers.delete(id);
    await worker?.terminate();
    apply({ type: 'ended', worker: id });
  }

  return {
    start: (id) => track(start(id)),
    stop: (id) => track(stop(id)),
    send(id, number, { job, transfer = [] }) {
      try {
        const message: JobMessage<unknown> = { id: number, job };
        workers.get(id)!.post(message, transfer);
      } catch (error) {
        const cannotBeCopied = error instanceof Error && error.name === 'DataCloneError';
        if (cannotBeCopied) apply({ type: 'job-failed', job: number, error });
        else apply({ type: 'died', worker: id, reason: String(error), gone: false });
      }
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}
