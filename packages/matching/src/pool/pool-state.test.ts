import { describe, expect, it } from 'vitest';
import { createPoolState, type PoolEffect, type PoolEvent, step } from './pool-state.js';

type Effect = PoolEffect<string>;
type Event = PoolEvent<string>;

const kinds = (effects: Effect[]) => effects.map(({ type }) => type);
const answer = (worker: number, job: number): Event => ({
  type: 'reply',
  worker,
  reply: { kind: 'result', job, result: `of ${job}` },
});

/** A pool of one worker with three jobs; the first one is at work. */
function working() {
  const state = createPoolState(1, 10);
  const all = (...events: Event[]) => events.flatMap((event) => step<string>(state, event));
  all({ type: 'job', job: 0 }, { type: 'job', job: 1 }, { type: 'job', job: 2 });
  all({ type: 'started', worker: 0 }, { type: 'prepared', job: 0 });
  return { state, all };
}

describe('step', () => {
  it('starts a worker, prepares the job, sends it, gives back the result, and goes on with the next', () => {
    const state = createPoolState(1, 10);
    expect(kinds(step(state, { type: 'job', job: 0 }))).toEqual(['start-clock', 'start-worker']);
    expect(kinds(step(state, { type: 'job', job: 1 }))).toEqual([]);
    expect(kinds(step(state, { type: 'started', worker: 0 }))).toEqual(['prepare']);
    expect(step(state, { type: 'prepared', job: 0 })).toEqual([{ type: 'send', job: 0, worker: 0 }]);
    expect(step(state, answer(0, 0))).toEqual([
      { type: 'resolve', job: 0, result: 'of 0' },
      { type: 'start-clock', job: 1 },
      { type: 'prepare', job: 1 },
    ]);
  });

  it('starts the next worker only when the last one is gone', () => {
    const { all } = working();
    expect(kinds(all({ type: 'died', worker: 0, reason: 'error', gone: false }))).toEqual(['stop-worker', 'reject']);
    expect(kinds(all({ type: 'ended', worker: 0 }))).toEqual(['start-clock', 'start-worker']);
  });

  it('ignores an answer that is given twice, and what idle workers say', () => {
    const { all } = working();
    all(answer(0, 0), { type: 'prepared', job: 1 });
    expect(all(answer(0, 0))).toEqual([]);
    expect(kinds(all(answer(0, 1)))).toEqual(['resolve', 'start-clock', 'prepare']);
    expect(all({ type: 'reply', worker: 0, reply: { kind: 'garbage', what: 'null' } })).toEqual([]);
  });

  it('tries a job whose worker answers with something else once more, then rejects it, and no other', () => {
    for (const reply of [
      { kind: 'garbage', what: 'null' },
      { kind: 'result', job: 7, result: '' },
      { kind: 'result', job: '0', result: '' },
      { kind: 'error', job: undefined, message: '', fatal: false },
    ] as const) {
      const { all } = working();
      expect(kinds(all({ type: 'reply', worker: 0, reply }))).toEqual(['stop-worker']);
      expect(kinds(all({ type: 'ended', worker: 0 }))).toEqual(['start-worker']);
      expect(kinds(all({ type: 'started', worker: 1 }))).toEqual(['prepare']);
      all({ type: 'prepared', job: 0 });
      const effects = all({ type: 'reply', worker: 1, reply });
      expect(kinds(effects)).toEqual(['stop-worker', 'reject']);
      expect(effects[1]).toMatchObject({ job: 0, reason: { kind: 'worker' } });
    }
  });

  it('gives a job that its worker never got to the next worker, once', () => {
    const { all } = working();
    all(answer(0, 0)); // job 1 is being prepared
    expect(kinds(all({ type: 'died', worker: 0, reason: 'exit', gone: true }))).toEqual(['start-worker']);
    expect(kinds(all({ type: 'prepared', job: 1 }))).toEqual([]);
    expect(kinds(all({ type: 'started', worker: 1 }))).toEqual(['send']);
    expect(kinds(all(answer(1, 1)))).toEqual(['resolve', 'start-clock', 'prepare']);
    expect(kinds(all({ type: 'died', worker: 1, reason: 'exit', gone: true }))).toEqual(['start-worker']);
    expect(kinds(all({ type: 'died', worker: 2, reason: 'exit', gone: true }))).toEqual(['reject']);
  });

  it('gives up a worker that takes too long to start, and stops it should it come', () => {
    const state = createPoolState(1, 10);
    step(state, { type: 'job', job: 0 });
    step(state, { type: 'job', job: 1 });
    expect(kinds(step(state, { type: 'stop', job: 0, error: 'late', late: true }))).toEqual([
      'reject',
      'start-clock',
      'start-worker',
    ]);
    expect(step(state, { type: 'started', worker: 0 })).toEqual([{ type: 'stop-worker', worker: 0 }]);
    expect(kinds(step(state, { type: 'started', worker: 1 }))).toEqual(['prepare']);
  });

  it('lets the next job have a worker whose job was aborted while it started', () => {
    const state = createPoolState(1, 10);
    step(state, { type: 'job', job: 0 });
    step(state, { type: 'stop', job: 0, error: 'aborted', late: false });
    expect(kinds(step(state, { type: 'job', job: 1 }))).toEqual(['start-clock']);
    expect(kinds(step(state, { type: 'started', worker: 0 }))).toEqual(['prepare']);
  });
});

/** Whole numbers below n, the same for the same seed. */
function dice(seed: number) {
  let state = seed + 1;
  return (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Plays a pool whose workers do anything at any time; returns how each job ended. */
function play(seed: number, limit: number) {
  const roll = dice(seed);
  const state = createPoolState(limit, Number.POSITIVE_INFINITY);
  const ended = new Map<number, string[]>();
  const starting = new Set<number>();
  const alive = new Map<number, number | null>();
  const stopping = new Set<number>();
  const preparing = new Set<number>();
  let jobs = 0;
  let most = 0;
  const perform = (effect: Effect) => {
    if (effect.type === 'start-worker') starting.add(effect.worker);
    if (effect.type === 'stop-worker') stopping.add(effect.worker);
    if (effect.type === 'prepare') preparing.add(effect.job);
    if (effect.type === 'send') {
      if (alive.get(effect.worker) !== null) throw new Error('sent to a worker that is dead or at work');
      alive.set(effect.worker, effect.job);
    }
    if (effect.type === 'resolve' || effect.type === 'reject') ended.get(effect.job)!.push(effect.type);
  };
  const apply = (event: Event) => step<string>(state, event).forEach(perform);
  const some = <T>(from: Iterable<T>): T | undefined => [...from].at(roll([...from].length));
  const act = (trouble: boolean) => {
    const started = some(starting);
    const worker = some([...alive.keys()].filter((id) => !stopping.has(id)));
    const stopped = some(stopping);
    const prepared = some(preparing);
    const choice = roll(trouble ? 10 : 4);
    if (choice === 0 && started !== undefined) {
      starting.delete(started);
      alive.set(started, null);
      apply({ type: 'started', worker: started });
    } else if (choice === 1 && prepared !== undefined) {
      preparing.delete(prepared);
      apply({ type: 'prepared', job: prepared });
    } else if (choice === 2 && worker !== undefined && alive.get(worker) !== null) {
      const job = alive.get(worker)!;
      alive.set(worker, null);
      apply(answer(worker, job));
    } else if (choice === 3 && stopped !== undefined) {
      stopping.delete(stopped);
      alive.delete(stopped);
      apply({ type: 'ended', worker: stopped });
    } else if (choice === 4 && worker !== undefined) {
      const gone = roll(2) === 0;
      if (gone) alive.delete(worker);
      apply({ type: 'died', worker, reason: 'x', gone });
    } else if (choice === 5 && started !== undefined) {
      starting.delete(started);
      apply({ type: 'start-failed', worker: started, error: 'x' });
    } else if (choice === 6 && jobs > 0) {
      apply({ type: 'stop', job: roll(jobs), error: 'x', late: roll(2) === 0 });
    } else if (choice === 7 && worker !== undefined) {
      apply({ type: 'reply', worker, reply: { kind: 'garbage', what: 'null' } });
      if (!stopping.has(worker)) return;
      alive.set(worker, -1);
    } else if (choice >= 8 && jobs < 30) {
      ended.set(jobs, []);
      apply({ type: 'job', job: jobs++ });
    }
    const given = [...starting].filter((id) => state.slots.some((slot) => slot.worker?.id === id)).length;
    const held = [...alive.keys()].filter((id) => state.slots.some((slot) => slot.worker?.id === id)).length;
    most = Math.max(most, given + held);
  };
  for (let turn = 0; turn < 300; turn++) act(true);
  if (roll(2) === 0) apply({ type: 'dispose' });
  for (let turn = 0; turn < 800; turn++) act(false);
  return { jobs, ended: [...ended.values()], most, alive: alive.size, disposed: state.disposed, state };
}

it('ends each job once, with no more workers than it may have, whatever its workers do (300 plays)', () => {
  let resolved = 0;
  for (let seed = 0; seed < 300; seed++) {
    const limit = 1 + (seed % 4);
    const { jobs, ended, most, alive, disposed, state } = play(seed, limit);
    expect(jobs).toBeGreaterThan(5);
    for (const ends of ended) expect(ends).toHaveLength(1);
    resolved += ended.filter(([end]) => end === 'resolve').length;
    expect(most).toBeLessThanOrEqual(limit);
    expect(state.slots.length).toBeLessThanOrEqual(limit);
    expect(alive).toBeLessThanOrEqual(disposed ? 0 : limit);
    expect([state.waiting.size, state.running.size]).toEqual([0, 0]);
  }
  expect(resolved).toBeGreaterThan(500); // the play is not all trouble
});
