import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
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
    expect(() => open({ timeoutMs: Number.NaN })).toThrow('timeoutMs');
  });

  it('waits as long as it is told, also for ever', async () => {
    open({ timeoutMs: Number.POSITIVE_INFINITY });
    expect(await run({ kind: 'echo', value: 1, ms: 30 })).toBe(1);
  });
});

/** What one worker may do to its first job; the others answer. */
const misdeeds: Record<string, string> = {
  exits: 'process.exit(7)',
  'exits as if all were well': 'process.exit(0)',
  throws: "throw new Error('out of order')",
  'throws later': "setTimeout(() => { throw new Error('out of order'); }, 1)",
  'rejects a promise': "Promise.reject(new Error('out of order'))",
  'answers null': 'p.postMessage(null)',
  'answers a text': "p.postMessage('done')",
  'answers nothing': 'p.postMessage(undefined)',
  'answers a list': 'p.postMessage([1, 2])',
  'answers without a result': 'p.postMessage({ id })',
  'answers an error that is none': 'p.postMessage({ id, error: null })',
  'answers another job': 'p.postMessage({ id: 1, result: 1 })',
  'answers a job that is not': 'p.postMessage({ id: -1, result: 1 })',
  'answers a text for a number': "p.postMessage({ id: '0', result: 1 })",
  'never answers': '',
  'never ends': 'for (;;);',
};

/** What it may do that hurts nobody. */
const oddities: Record<string, string> = {
  'answers twice': 'p.postMessage({ id, result: id }); p.postMessage({ id, result: 99 })',
  'says null when it is done': 'p.postMessage({ id, result: id }); p.postMessage(null)',
};

/** A pool of which one worker does something to job 0, and count of workers that live. */
function watched(deed: string, workers: number) {
  const alive = new Set<Worker>();
  const count = { most: 0, made: 0, alive };
  const code = `const { parentPort: p } = require('node:worker_threads'); p.on('message', ({ id }) => {
    if (id === 0) { ${deed} } else setTimeout(() => p.postMessage({ id, result: id }), 2); })`;
  pool = createWorkerPool<Job, unknown>({
    workers,
    timeoutMs: deed === '' || deed.startsWith('for') ? 1000 : 60_000,
    createWorker: () => {
      const worker = new Worker(code, { eval: true, stderr: true });
      alive.add(worker);
      count.made++;
      count.most = Math.max(count.most, alive.size);
      worker.on('exit', () => alive.delete(worker));
      return worker as unknown as AnyWorker;
    },
  });
  return count;
}

describe('one worker that breaks down', () => {
  for (const [deed, code] of [...Object.entries(misdeeds), ...Object.entries(oddities)]) {
    it.each([1, 3])(`${deed}: %i of them`, async (workers) => {
      const count = watched(code, workers);
      const ends = await Promise.allSettled(Array.from({ length: 20 }, () => run({ kind: 'any' })));
      const rejected = ends.flatMap((end, i) => (end.status === 'rejected' ? [i] : []));
      expect(rejected).toEqual(deed in misdeeds ? [0] : []);
      ends.forEach((end, i) => {
        if (end.status === 'fulfilled') expect(end.value).toBe(i);
      });
      expect(count.most).toBeLessThanOrEqual(workers);
      await pool.dispose();
      expect(count.alive.size).toBe(0);
    });
  }

  it.each([
    ['throws', () => Promise.reject(new Error('no'))],
    ['gives nothing', () => undefined as unknown as AnyWorker],
    ['gives something else', () => ({}) as AnyWorker],
    ['never comes', () => new Promise<AnyWorker>(() => {})],
    ['has ended before', endedWorker],
  ] as const)('cannot be started (%s): one job is rejected, the others run', async (name, first) => {
    let made = 0;
    pool = createWorkerPool<Job, unknown>({
      workers: 1,
      timeoutMs: 400,
      createWorker: () => (made++ === 0 ? first() : (new Worker(script, { eval: true }) as unknown as AnyWorker)),
    });
    const ends = await Promise.allSettled([0, 1, 2, 3].map((value) => run({ kind: 'echo', value })));
    // one that had ended never got the job, so the next one gets it
    const expected = name === 'has ended before' ? 'fulfilled' : 'rejected';
    expect(ends.map(({ status }) => status)).toEqual([expected, 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(made).toBe(2);
  });

  it('dies when it has nothing to do: the next job gets another', async () => {
    const count = watched('p.postMessage({ id, result: id }); setTimeout(() => process.exit(0), 10)', 1);
    expect(await run({ kind: 'any' })).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(pool.load.workers).toBe(0);
    expect(await run({ kind: 'any' })).toBe(1);
    expect(count.made).toBe(2);
  });

  it('is stopped when it comes after it was given up, or after dispose', async () => {
    const count = { alive: 0 };
    const late = () =>
      new Promise<AnyWorker>((resolve) => {
        setTimeout(() => {
          const worker = new Worker(script, { eval: true });
          count.alive++;
          worker.on('exit', () => count.alive--);
          resolve(worker as unknown as AnyWorker);
        }, 100);
      });
    pool = createWorkerPool<Job, unknown>({ workers: 2, timeoutMs: 50, createWorker: late });
    await expect(run({ kind: 'echo' })).rejects.toMatchObject({ code: 'MATCH_TIMEOUT' });
    const job = expect(run({ kind: 'echo' })).rejects.toMatchObject({ code: 'MATCH_WORKER' });
    await pool.dispose();
    await job;
    expect(count.alive).toBe(0);
  });

  it('hands a worker whose job was aborted while it started to the next job', async () => {
    let made = 0;
    pool = createWorkerPool<Job, unknown>({
      workers: 1,
      createWorker: async () => {
        made++;
        await new Promise((resolve) => setTimeout(resolve, 30));
        return new Worker(script, { eval: true }) as unknown as AnyWorker;
      },
    });
    const controller = new AbortController();
    const first = run({ kind: 'echo', value: 1 }, controller.signal);
    const second = run({ kind: 'echo', value: 2 });
    controller.abort();
    await expect(first).rejects.toThrow('abort');
    expect(await second).toBe(2);
    expect(made).toBe(1);
  });

  it('has a terminate that throws or never ends: dispose ends all the same', async () => {
    const fake = (terminate: () => void): AnyWorker => ({ postMessage() {}, addEventListener() {}, terminate });
    for (const terminate of [
      () => {
        throw new Error('no');
      },
      () => new Promise<void>(() => {}),
    ]) {
      pool = createWorkerPool<Job, unknown>({ workers: 1, createWorker: () => fake(terminate) });
      const job = expect(run({ kind: 'echo' })).rejects.toMatchObject({ code: 'MATCH_WORKER' });
      await new Promise((resolve) => setTimeout(resolve, 5));
      await pool.dispose();
      await job;
    }
  });
});

async function endedWorker(): Promise<AnyWorker> {
  const worker = new Worker('', { eval: true });
  await new Promise((resolve) => worker.on('exit', resolve));
  return worker as unknown as AnyWorker;
}

/** A program with a pool whose worker does something to job 0; its last line comes when it ends by itself. */
const program = (deed: string, after: string) => `
  import { Worker } from 'node:worker_threads';
  import { createOrbMatcher } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
  const none = '{ pointsA: new Float32Array(0), pointsB: new Float32Array(0), scores: new Float32Array(0) }';
  const code = \`const { parentPort: p } = require('node:worker_threads'); p.on('message', ({ id }) => {
    if (id === 0) { ${deed} } else p.postMessage({ id, result: \${none} }); })\`;
  const matcher = createOrbMatcher({ workers: 2, timeoutMs: ${deed.startsWith('for') ? 2000 : 60_000}, createWorker: () => new Worker(code, { eval: true, stderr: true, execArgv: [] }) });
  const image = { data: new Uint8Array(64 * 64), width: 64, height: 64 };
  const ends = await Promise.allSettled(Array.from({ length: 20 }, () => matcher.match(image, image)));
  console.log(ends.filter(({ status }) => status === 'fulfilled').length, ends[0].reason?.code);
  ${after}
`;

describe('the process', () => {
  const node = (code: string) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { timeout: 40_000 });

  it.each([
    ['exits', 'process.exit(7)', 'MATCH_WORKER'],
    ['answers null', 'p.postMessage(null)', 'MATCH_WORKER'],
    ['answers with no matches', 'p.postMessage({ id, result: null })', 'MATCH_WORKER'],
    [
      'answers with lists of different length',
      'p.postMessage({ id, result: { pointsA: [], pointsB: [] } })',
      'MATCH_WORKER',
    ],
    ['never ends', 'for (;;);', 'MATCH_TIMEOUT'],
  ])('goes on, and ends by itself, with a worker that %s', async (_, deed, code) => {
    for (const after of ['await matcher.dispose();', '']) {
      const { stdout } = await node(program(deed, after));
      expect(stdout).toBe(`19 ${code}\n`);
    }
  });
});
