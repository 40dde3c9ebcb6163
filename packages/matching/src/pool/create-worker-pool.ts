import { InvalidArgumentError } from '@autodrag/nn';
import { MatchQueueFullError, MatchTimeoutError, MatchWorkerError } from '../errors.js';
import type { JobMessage, ReplyMessage } from './messages.js';
import { type AnyWorker, type PortableWorker, portableWorker } from './portable-worker.js';

/** Options of `createWorkerPool`. */
export type WorkerPoolOptions = {
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
};

/** One job's options. */
export type RunOptions = { signal?: AbortSignal };

/** Workers that are started when needed and replaced when they die. */
export type WorkerPool<Job, Result> = {
  /**
   * Runs a job as soon as a worker is free, in the order of the calls. `prepare` makes the job's data, and is called only
   * then: a thousand waiting jobs hold a thousand closures, not a thousand images. Buffers in `transfer` are moved.
   *
   * Rejects with the signal's reason (a running job's worker is terminated), MatchQueueFullError, MatchTimeoutError,
   * MatchWorkerError if the worker dies, or what `prepare` or the job threw.
   */
  run(prepare: () => Prepared<Job> | Promise<Prepared<Job>>, options?: RunOptions): Promise<Result>;
  /** Jobs waiting and jobs running. */
  readonly load: { waiting: number; running: number; workers: number };
  /** Ends all workers; jobs under way are rejected with MatchWorkerError. */
  dispose(): Promise<void>;
};

/** A job's data, and the buffers in it that may be moved to the worker. */
export type Prepared<Job> = { job: Job; transfer?: ArrayBuffer[] };

type Slot = { worker: PortableWorker | null; busy: boolean };

type Task<Job, Result> = {
  id: number;
  prepare: () => Prepared<Job> | Promise<Prepared<Job>>;
  settled: boolean;
  slot: Slot | null;
  /** 'starting' while the worker is being created: its slot cannot be given away yet. */
  phase: 'waiting' | 'starting' | 'preparing' | 'sent';
  timer: ReturnType<typeof setTimeout> | undefined;
  cleanup: () => void;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
};

/** As many workers as leave one thread to the caller, from 1 to 4. */
export function defaultWorkers(): number {
  const threads = typeof navigator === 'undefined' ? 2 : (navigator.hardwareConcurrency ?? 2);
  return Math.max(1, Math.min(4, threads - 1));
}

async function threadsOfNode(): Promise<number | null> {
  if (typeof process === 'undefined' || !process.versions?.node) return null;
  const { availableParallelism } = await import(/* @vite-ignore */ 'node:os');
  return availableParallelism();
}

/** Creates a pool; no worker is started yet. */
export function createWorkerPool<Job, Result>({
  workers,
  createWorker,
  maxQueue = Number.POSITIVE_INFINITY,
  timeoutMs = 120_000,
  toError = (message) => new Error(message),
}: WorkerPoolOptions): WorkerPool<Job, Result> {
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= 64)) {
    throw new InvalidArgumentError(`createWorkerPool: workers: expected a whole number from 1 to 64, got ${workers}`);
  }
  if (!(maxQueue >= 0)) {
    throw new InvalidArgumentError(`createWorkerPool: maxQueue: expected a number from 0, got ${maxQueue}`);
  }
  if (!(timeoutMs > 0)) {
    throw new InvalidArgumentError(`createWorkerPool: timeoutMs: expected a positive number, got ${timeoutMs}`);
  }
  type AnyTask = Task<Job, Result>;
  const slots: Slot[] = [];
  const queue: AnyTask[] = [];
  const running = new Map<number, AnyTask>();
  let limit = workers ?? defaultWorkers();
  let nextId = 0;
  let disposed = false;
  const sized = workers === undefined ? threadsOfNode() : Promise.resolve(null);
  void sized.then((threads) => {
    if (threads !== null) limit = Math.max(1, Math.min(4, threads - 1));
    pump();
  });

  /** Ends a task once, whatever happens first. */
  function settle(task: AnyTask, end: () => void): void {
    if (task.settled) return;
    task.settled = true;
    task.cleanup();
    running.delete(task.id);
    end();
  }

  /** Gives a task's worker back, or throws it away. */
  function release(task: AnyTask, keep: boolean): void {
    const { slot } = task;
    if (slot) {
      task.slot = null;
      slot.busy = false;
      if (!keep && slot.worker) {
        void slot.worker.terminate();
        slot.worker = null;
      }
      slot.worker?.keepAlive(false);
    }
    pump();
  }

  function receive(slot: Slot, message: unknown): void {
    const reply = message as ReplyMessage<Result>;
    const task = running.get(reply.id);
    if (task?.slot !== slot) return;
    if ('result' in reply) {
      settle(task, () => task.resolve(reply.result));
      release(task, true);
    } else {
      settle(task, () => task.reject(toError(reply.error.message)));
      release(task, !reply.fatal);
    }
  }

  async function workerOf(slot: Slot): Promise<PortableWorker> {
    if (slot.worker) return slot.worker;
    let worker: PortableWorker;
    try {
      worker = portableWorker(await createWorker());
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MatchWorkerError(`worker pool: a worker could not be started: ${reason}`, { cause });
    }
    if (disposed) {
      await worker.terminate();
      throw new MatchWorkerError('worker pool: it was disposed.');
    }
    worker.listen(
      (message) => receive(slot, message),
      (reason) => {
        if (slot.worker === worker) slot.worker = null;
        for (const task of running.values()) {
          if (task.slot !== slot) continue;
          settle(task, () => task.reject(new MatchWorkerError(`worker pool: the worker died: ${reason}`)));
          release(task, false);
        }
      },
    );
    slot.worker = worker;
    return worker;
  }

  /** Ends a task from outside: abort, timeout. Only a worker that is at work on it has to be thrown away for that. */
  function stop(task: AnyTask, error: unknown): void {
    const at = queue.indexOf(task);
    if (at >= 0) queue.splice(at, 1);
    settle(task, () => task.reject(error));
    if (task.phase === 'preparing') release(task, true);
    else if (task.phase === 'sent') release(task, false);
  }

  async function start(task: AnyTask, slot: Slot): Promise<void> {
    task.phase = 'starting';
    task.timer = setTimeout(() => {
      stop(task, new MatchTimeoutError(`worker pool: the job took longer than ${timeoutMs} ms (timeoutMs).`));
    }, timeoutMs);
    try {
      const worker = await workerOf(slot);
      task.phase = 'preparing';
      if (!task.settled) {
        const { job, transfer = [] } = await task.prepare();
        if (task.settled) return; // and its worker is given back already
        if (slot.worker !== worker) throw new MatchWorkerError('worker pool: the worker died before it got its job');
        worker.keepAlive(true);
        const message: JobMessage<Job> = { id: task.id, job };
        worker.post(message, transfer);
        task.phase = 'sent';
        return;
      }
    } catch (error) {
      settle(task, () => task.reject(error));
    }
    release(task, true);
  }

  function pump(): void {
    while (queue.length > 0 && running.size < limit) {
      let slot = slots.find((candidate) => !candidate.busy);
      if (!slot) {
        slot = { worker: null, busy: false };
        slots.push(slot);
      }
      const task = queue.shift()!;
      slot.busy = true;
      task.slot = slot;
      running.set(task.id, task);
      void start(task, slot);
    }
  }

  return {
    run(prepare, { signal } = {}) {
      return new Promise<Result>((resolve, reject) => {
        if (disposed) {
          reject(new MatchWorkerError('worker pool: it was disposed. Create a new one.'));
          return;
        }
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        if (running.size >= limit && queue.length >= maxQueue) {
          reject(
            new MatchQueueFullError(
              `worker pool: ${queue.length} jobs are waiting already (maxQueue). Wait until some of them are done.`,
            ),
          );
          return;
        }
        const abort = () => stop(task, signal!.reason);
        const task: AnyTask = {
          id: nextId++,
          prepare,
          settled: false,
          slot: null,
          phase: 'waiting',
          timer: undefined,
          cleanup: () => {
            clearTimeout(task.timer);
            signal?.removeEventListener('abort', abort);
          },
          resolve,
          reject,
        };
        signal?.addEventListener('abort', abort);
        queue.push(task);
        pump();
      });
    },
    get load() {
      const workers = slots.filter((slot) => slot.worker !== null).length;
      return { waiting: queue.length, running: running.size, workers };
    },
    async dispose() {
      disposed = true;
      const ended = slots.map((slot) => slot.worker?.terminate());
      for (const slot of slots) slot.worker = null;
      for (const task of [...queue.splice(0), ...running.values()]) {
        settle(task, () =>
          task.reject(new MatchWorkerError('worker pool: it was disposed while the job was under way.')),
        );
      }
      await Promise.all(ended);
    },
  };
}
