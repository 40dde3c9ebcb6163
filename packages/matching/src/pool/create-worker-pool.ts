import { InvalidArgumentError } from '@autodrag/nn';
import { MatchQueueFullError, MatchTimeoutError, MatchWorkerError } from '../errors.js';
import { defaultWorkers } from './default-workers.js';
import type { JobMessage } from './messages.js';
import { createPoolState, type PoolEffect, type PoolEvent, type Rejection, step } from './pool-state.js';
import { type AnyWorker, atMost, type PortableWorker, portableWorker } from './portable-worker.js';
import { readReply } from './read-reply.js';

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

/** A job's data, and the buffers in it that may be moved to the worker. */
export type Prepared<Job> = { job: Job; transfer?: ArrayBuffer[] };

type Task<Job, Result> = {
  prepare: () => Prepared<Job> | Promise<Prepared<Job>>;
  prepared: Prepared<Job> | null;
  timer: ReturnType<typeof setTimeout> | undefined;
  forget: () => void;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
};

/** What timers can count to; later comes never. */
const longestMs = 2 ** 31 - 1;

/** How long `dispose` waits for workers that are only being started. */
const graceMs = 2000;

/** Creates a pool; no worker is started yet. */
export function createWorkerPool<Job, Result>(options: WorkerPoolOptions<Result>): WorkerPool<Job, Result> {
  const { maxQueue = Number.POSITIVE_INFINITY, timeoutMs = 120_000 } = options;
  checkOptions(options);
  const { createWorker, toError = (message) => new Error(message) } = options;
  const { readResult = (value) => value as Result } = options;
  const counted = options.workers === undefined ? defaultWorkers() : { now: options.workers, later: null };
  const state = createPoolState(counted.now, maxQueue);
  const tasks = new Map<number, Task<Job, Result>>();
  const workers = new Map<number, PortableWorker>();
  /** Starts and stops of workers that are not over yet. */
  const pending = new Set<Promise<void>>();
  const events: PoolEvent<Result>[] = [];
  let stepping = false;
  let nextJob = 0;
  let ended: Promise<void> | null = null;
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
        startClock(effect.job);
        break;
      case 'start-worker':
        track(start(effect.worker));
        break;
      case 'stop-worker':
        track(stop(effect.worker));
        break;
      case 'prepare':
        void prepare(effect.job);
        break;
      case 'send':
        send(effect.job, effect.worker);
        break;
      case 'resolve':
        settle(effect.job)?.resolve(effect.result);
        break;
      case 'reject':
        settle(effect.job)?.reject(rejection(effect.reason, toError));
        break;
    }
  }

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

  function startClock(job: number): void {
    const error = new MatchTimeoutError(`worker pool: the job took longer than ${timeoutMs} ms (timeoutMs).`);
    const late = () => apply({ type: 'stop', job, error, late: true });
    tasks.get(job)!.timer = setTimeout(late, Math.min(timeoutMs, longestMs));
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

  function send(id: number, worker: number): void {
    try {
      const { job, transfer = [] } = tasks.get(id)!.prepared!;
      const message: JobMessage<Job> = { id, job };
      workers.get(worker)!.post(message, transfer);
    } catch (error) {
      const cannotBeCopied = error instanceof Error && error.name === 'DataCloneError';
      if (cannotBeCopied) apply({ type: 'job-failed', job: id, error });
      else apply({ type: 'died', worker, reason: String(error), gone: false });
    }
  }

  function settle(job: number): Task<Job, Result> | undefined {
    const task = tasks.get(job);
    tasks.delete(job);
    clearTimeout(task?.timer);
    task?.forget();
    return task;
  }

  async function end(): Promise<void> {
    apply({ type: 'dispose' });
    const all = async () => {
      while (pending.size > 0) await Promise.all(pending);
    };
    await atMost(graceMs, all());
  }

  return {
    run(prepare, { signal } = {}) {
      return new Promise<Result>((resolve, reject) => {
        if (ended) throw new MatchWorkerError('worker pool: it was disposed. Create a new one.');
        checkSignal(signal);
        if (signal?.aborted) throw signal.reason;
        const job = nextJob++;
        const abort = () => apply({ type: 'stop', job, error: signal!.reason, late: false });
        const forget = () => signal?.removeEventListener('abort', abort);
        signal?.addEventListener('abort', abort);
        tasks.set(job, { prepare, prepared: null, timer: undefined, forget, resolve, reject });
        apply({ type: 'job', job });
      });
    },
    get load() {
      const workers = state.slots.filter((slot) => slot.worker !== null).length;
      return { waiting: state.waiting.size, running: state.running.size, workers };
    },
    dispose() {
      ended ??= end();
      return ended;
    },
  };
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null || signal instanceof AbortSignal) return;
  if (typeof (signal as AbortSignal).addEventListener === 'function') return; // one of another realm
  throw new InvalidArgumentError(`match: signal: expected an AbortSignal, got ${typeof signal}`);
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
