import { InvalidArgumentError } from '@autodrag/nn';
import { MatchWorkerError } from '../errors.js';
import { defaultWorkers } from './default-workers.js';
import { createPoolState, type PoolEffect, type PoolEvent, step } from './pool-state.js';
import { createPoolTasks, type Prepared } from './pool-tasks.js';
import { createPoolWorkers } from './pool-workers.js';
import { type AnyWorker, atMost } from './portable-worker.js';

/** Options of `createWorkerPool`. */
export type WorkerPoolOptions<Result = unknown> = {
  /** Most workers at a time. @default one less than the processor has threads, 1 to 4 */
  workers?: number;
  /** Starts one worker. */
  createWorker: () => AnyWorker | Promise<AnyWorker>;
  /** Jobs that may wait for a worker; further ones are rejected with MatchQueueFullError. @default Infinity */
  maxQueue?: number;
  /** A job that takes longer once it has started is stopped, with its worker. @default 120000 */
  timeoutMs?: number;
  /** Turns a worker's message about a failed job into the error that the caller gets. */
  toError?: (message: string) => Error;
  /** Checks what a worker gives as a result, and throws if it is none. @default takes anything */
  readResult?: (value: unknown) => Result;
};

/** One job's options. */
export type RunOptions = { signal?: AbortSignal };

/** Workers that are started when needed and replaced when they die. */
export type WorkerPool<Job, Result> = {
  /**
   * Runs a job as soon as a worker is free, in the order of the calls. `prepare` makes the job's data, and is called
   * only then: a thousand waiting jobs hold a thousand closures, not a thousand images. Buffers in `transfer` are
   * moved.
   *
   * A worker that breaks down takes no job with it but the one that it was working on. A job whose worker spoke of
   * something else, or died before it got the job, is given to another one, once.
   *
   * Rejects with the signal's reason (a running job's worker is terminated), MatchQueueFullError, MatchTimeoutError,
   * MatchWorkerError if the worker breaks down or cannot be started, or what `prepare` or the job threw.
   */
  run(prepare: () => Prepared<Job> | Promise<Prepared<Job>>, options?: RunOptions): Promise<Result>;
  /** Jobs waiting and jobs running; workers that are there or being started or stopped. */
  readonly load: { waiting: number; running: number; workers: number };
  /** Ends all workers, and resolves when they are gone; jobs under way are rejected with MatchWorkerError. */
  dispose(): Promise<void>;
};

/** How long `dispose` waits for workers that are only being started. */
const graceMs = 2000;

/** Creates a pool; no worker is started yet. */
export function createWorkerPool<Job, Result>(options: WorkerPoolOptions<Result>): WorkerPool<Job, Result> {
  checkOptions(options);
  const counted = options.workers === undefined ? defaultWorkers() : { now: options.workers, later: null };
  const state = createPoolState(counted.now, options.maxQueue ?? Number.POSITIVE_INFINITY);
  const events: PoolEvent<Result>[] = [];
  let stepping = false;
  let ended: Promise<void> | null = null;
  const tasks = createPoolTasks<Job, Result>(options, apply);
  const workers = createPoolWorkers<Result>(options, apply);
  counted.later?.then((limit) => apply({ type: 'limit', limit })).catch(() => {});

  /** One event after the other, also where what is done about one gives the next. */
  function apply(event: PoolEvent<Result>): void {
    events.push(event);
    if (stepping) return;
    stepping = true;
    try {
      for (let next = events.shift(); next; next = events.shift()) {
        for (const effect of step(state, next)) perform(effect);
      }
    } finally {
      stepping = false;
    }
  }

  function perform(effect: PoolEffect<Result>): void {
    switch (effect.type) {
      case 'start-clock':
        tasks.startClock(effect.job);
        break;
      case 'start-worker':
        workers.start(effect.worker);
        break;
      case 'stop-worker':
        workers.stop(effect.worker);
        break;
      case 'prepare':
        tasks.prepare(effect.job);
        break;
      case 'send':
        workers.send(effect.worker, effect.job, tasks.prepared(effect.job));
        break;
      case 'resolve':
        tasks.resolve(effect.job, effect.result);
        break;
      case 'reject':
        tasks.reject(effect.job, effect.reason);
        break;
    }
  }

  return {
    run(prepare, { signal } = {}) {
      return new Promise<Result>((resolve, reject) => {
        if (ended) throw new MatchWorkerError('worker pool: it was disposed. Create a new one.');
        checkSignal(signal);
        if (signal?.aborted) throw signal.reason;
        apply({ type: 'job', job: tasks.add({ prepare, signal, resolve, reject }) });
      });
    },
    get load() {
      const workers = state.slots.filter((slot) => slot.worker !== null).length;
      return { waiting: state.waiting.size, running: state.running.size, workers };
    },
    dispose() {
      if (!ended) {
        apply({ type: 'dispose' });
        ended = atMost(graceMs, workers.settled());
      }
      return ended;
    },
  };
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null || signal instanceof AbortSignal) return;
  if (typeof (signal as AbortSignal).addEventListener === 'function') return; // one of another realm
  throw new InvalidArgumentError(`match: signal: expected an AbortSignal, got ${typeof signal}`);
}

function checkOptions({ workers, maxQueue = 0, timeoutMs = 1 }: Partial<WorkerPoolOptions>): void {
  const refuse = (rule: string, got: unknown) => {
    throw new InvalidArgumentError(`createWorkerPool: ${rule}, got ${String(got)}`);
  };
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= 64)) {
    refuse('workers: expected a whole number from 1 to 64', workers);
  }
  if (!(typeof maxQueue === 'number' && maxQueue >= 0)) refuse('maxQueue: expected a number from 0', maxQueue);
  if (!(typeof timeoutMs === 'number' && timeoutMs > 0)) refuse('timeoutMs: expected a positive number', timeoutMs);
}
