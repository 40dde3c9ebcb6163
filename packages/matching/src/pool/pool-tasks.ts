import { MatchQueueFullError, MatchTimeoutError, MatchWorkerError } from '../errors.js';
import type { PoolEvent, Rejection } from './pool-state.js';

/** A job's data, and the buffers in it that may be moved to the worker. */
export type Prepared<Job> = { job: Job; transfer?: ArrayBuffer[] };

type NewTask<Job, Result> = {
  readonly prepare: () => Prepared<Job> | Promise<Prepared<Job>>;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

type Task<Job, Result> = NewTask<Job, Result> & {
  prepared: Prepared<Job> | null;
  timer: ReturnType<typeof setTimeout> | undefined;
  readonly abort: () => void;
};

type PoolTasksOptions = { timeoutMs?: number; toError?: (message: string) => Error };

/** What the callers of a pool wait for: their closures, clocks and promises, by number of the job. */
export type PoolTasks<Job, Result> = {
  /** @returns the number of the job, which nobody has had before */
  add(task: NewTask<Job, Result>): number;
  startClock(job: number): void;
  /** Makes the data of a job; that it is there, or cannot be made, is told by an event. */
  prepare(job: number): void;
  /** The data, after the event that tells so. */
  prepared(job: number): Prepared<Job>;
  resolve(job: number, result: Result): void;
  reject(job: number, reason: Rejection): void;
};

/** What timers can count to; later comes never. */
const longestMs = 2 ** 31 - 1;

/** @param apply is told what becomes of the jobs */
export function createPoolTasks<Job, Result>(
  { timeoutMs = 120_000, toError = (message) => new Error(message) }: PoolTasksOptions,
  apply: (event: PoolEvent<Result>) => void,
): PoolTasks<Job, Result> {
  const tasks = new Map<number, Task<Job, Result>>();
  let next = 0;

  function settle(job: number): Task<Job, Result> | undefined {
    const task = tasks.get(job);
    tasks.delete(job);
    clearTimeout(task?.timer);
    task?.signal?.removeEventListener('abort', task.abort);
    return task;
  }

  async function prepare(job: number): Promise<void> {
    const task = tasks.get(job);
    if (!task) return;
    try {
      task.prepared = await task.prepare();
      apply({ type: 'prepared', job });
    } catch (error) {
      apply({ type: 'job-failed', job, error });
    }
  }

  return {
    add(task) {
      const job = next++;
      const abort = () => apply({ type: 'stop', job, error: task.signal!.reason, late: false });
      task.signal?.addEventListener('abort', abort);
      tasks.set(job, { ...task, prepared: null, timer: undefined, abort });
      return job;
    },
    startClock(job) {
      const error = new MatchTimeoutError(`worker pool: the job took longer than ${timeoutMs} ms (timeoutMs).`);
      const late = () => apply({ type: 'stop', job, error, late: true });
      tasks.get(job)!.timer = setTimeout(late, Math.min(timeoutMs, longestMs));
    },
    prepare: (job) => void prepare(job),
    prepared: (job) => tasks.get(job)!.prepared!,
    resolve: (job, result) => settle(job)?.resolve(result),
    reject: (job, reason) => settle(job)?.reject(rejection(reason, toError)),
  };
}

function rejection(reason: Rejection, toError: (message: string) => Error): unknown {
  switch (reason.kind) {
    case 'error':
      return reason.error;
    case 'worker':
      return new MatchWorkerError(`worker pool: ${reason.message}`);
    case 'job':
      return toError(reason.message);
    case 'full':
      return new MatchQueueFullError(
        `worker pool: ${reason.waiting} jobs are waiting already (maxQueue). Wait until some of them are done.`,
      );
  }
}
