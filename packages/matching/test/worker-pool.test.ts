import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { createWorkerPool, type WorkerPool } from '../src/pool/create-worker-pool.js';
import type { AnyWorker } from '../src/pool/portable-worker.js';

/** A worker that does as it is told, in a few lines. */
const script = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ id, job }) => {
    if (job.kind === 'echo') setTimeout(() => parentPort.postMessage({ id, result: job.value }), job.ms ?? 0);
    if (job.kind === 'fail') parentPort.postMessage({ id, error: { message: job.value }, fatal: !!job.fatal });
    if (job.kind === 'throw') throw new Error(job.value);
    if (job.kind === 'exit') process.exit(3);
    if (job.kind === 'size') parentPort.postMessage({ id, result: job.bytes.byteLength });
  });
`;

type Job = { kind: string; value?: unknown; ms?: number; fatal?: boolean; bytes?: Uint8Array };

let started = 0;
let pool: WorkerPool<Job, unknown>;

function open(options: { workers?: number; maxQueue?: number; timeoutMs?: number } = {}) {
  started = 0;
  pool = createWorkerPool<Job, unknown>({
    workers: 1,
    ...options,
    createWorker: () => {
      started++;
      return new Worker(script, { eval: true }) as unknown as AnyWorker;
    },
  });
  return pool;
}

const run = (job: Job, signal?: AbortSignal) => pool.run(() => ({ job }), { signal });

afterEach(() => pool.dispose());

describe('createWorkerPool', () => {
  it('runs jobs in order on as many workers as it may, started when needed', async () => {
    open({ workers: 2 });
    expect(started).toBe(0);
    const results = await Promise.all([1, 2, 3, 4, 5].map((value) => run({ kind: 'echo', value, ms: 5 })));
    expect(results).toEqual([1, 2, 3, 4, 5]);
    expect(started).toBe(2);
    expect(pool.load).toEqual({ waiting: 0, running: 0, workers: 2 });
  });

  it('makes the data of a job only when a worker is free for it', async () => {
    open();
    let made = 0;
    const jobs = [1, 2, 3].map((value) =>
      pool.run(() => {
        made++;
        return { job: { kind: 'echo', value, ms: 20 } };
      }),
    );
    await jobs[0];
    expect(made).toBeLessThanOrEqual(2);
    await Promise.all(jobs);
    expect(made).toBe(3);
  });

  it('moves buffers instead of copying them', async () => {
    open();
    const bytes = new Uint8Array(1000);
    const size = await pool.run(() => ({ job: { kind: 'size', bytes }, transfer: [bytes.buffer] }));
    expect([size, bytes.byteLength]).toEqual([1000, 0]);
  });

  it('refuses jobs beyond the queue', async () => {
    open({ maxQueue: 1 });
    const first = run({ kind: 'echo', value: 1, ms: 30 });
    const second = run({ kind: 'echo', value: 2 });
    await expect(run({ kind: 'echo' })).rejects.toMatchObject({ code: 'MATCH_QUEUE_FULL' });
    expect(await Promise.all([first, second])).toEqual([1, 2]);
  });

  it('gives back the error of a job, of its preparation, and of a worker that cannot be started', async () => {
    open();
    await expect(run({ kind: 'fail', value: 'no key points' })).rejects.toThrow('no key points');
    const prepare = () => Promise.reject(new TypeError('no such file'));
    await expect(pool.run(prepare)).rejects.toThrow(TypeError);
    expect(await run({ kind: 'echo', value: 7 })).toBe(7);
    expect(started).toBe(1);
    await pool.dispose();
    pool = createWorkerPool({
      createWorker: () => {
        throw new Error('forbidden');
      },
    });
    const failed = run({ kind: 'echo' });
    await expect(failed).rejects.toMatchObject({ code: 'MATCH_WORKER' });
    await expect(failed).rejects.toThrow('forbidden');
  });

  it('replaces a worker that died, or that must not be used again', async () => {
    open();
    await expect(run({ kind: 'throw', value: 'out of memory' })).rejects.toMatchObject({ code: 'MATCH_WORKER' });
    expect(await run({ kind: 'echo', value: 1 })).toBe(1);
    await expect(run({ kind: 'exit' })).rejects.toThrow('exit code 3');
    expect(await run({ kind: 'echo', value: 2 })).toBe(2);
    await expect(run({ kind: 'fail', value: 'aborted', fatal: true })).rejects.toThrow('aborted');
    expect(await run({ kind: 'echo', value: 3 })).toBe(3);
    expect(started).toBe(4);
  });

  it('cancels jobs before, while waiting and while running', async () => {
    open();
    const reason = new Error('changed my mind');
    await expect(run({ kind: 'echo' }, AbortSignal.abort(reason))).rejects.toBe(reason);
    const running = new AbortController();
    const waiting = new AbortController();
    const first = run({ kind: 'echo', value: 1, ms: 10_000 }, running.signal);
    const second = run({ kind: 'echo', value: 2 }, waiting.signal);
    const third = run({ kind: 'echo', value: 3 });
    setTimeout(() => {
      waiting.abort(reason);
      running.abort(reason);
    }, 50);
    await expect(second).rejects.toBe(reason);
    await expect(first).rejects.toBe(reason);
    expect(await third).toBe(3);
    expect(started).toBe(2);
  });

  it('stops a job that hangs, also in its preparation', async () => {
    open({ timeoutMs: 60 });
    await expect(run({ kind: 'echo', ms: 10_000 })).rejects.toMatchObject({ code: 'MATCH_TIMEOUT' });
    await expect(pool.run(() => new Promise(() => {}))).rejects.toMatchObject({ code: 'MATCH_TIMEOUT' });
    expect(pool.load).toMatchObject({ waiting: 0, running: 0 });
  });

  it('rejects what is under way when it is disposed, and everything after', async () => {
    open();
    const jobs = [run({ kind: 'echo', ms: 10_000 }), run({ kind: 'echo' })];
    const ended = Promise.allSettled(jobs);
    await pool.dispose();
    for (const job of await ended) {
      expect(job).toMatchObject({ status: 'rejected', reason: { code: 'MATCH_WORKER' } });
    }
    await expect(run({ kind: 'echo' })).rejects.toThrow('disposed');
  });

  it('checks its options', () => {
    open();
    expect(() => open({ workers: 0 })).toThrow('workers: expected a whole number from 1 to 64, got 0');
    expect(() => open({ timeoutMs: 0 })).toThrow('timeoutMs');
    expect(() => open({ maxQueue: -1 })).toThrow('maxQueue');
  });
});
