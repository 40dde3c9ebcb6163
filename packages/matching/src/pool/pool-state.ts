/**
 * Who works on what: the pool's queue as a state machine without a clock, a thread or a promise. `step` takes an event
 * and says what is to be done; `createWorkerPool` does it and reports back by further events. The state is changed in
 * place, because a copy for each event would make a queue of thousands quadratic.
 *
 * A slot holds at most one worker, and a worker that is being stopped keeps its slot until it is gone. There are never
 * more slots than `limit`, so there are never more workers.
 */
export type PoolState = {
  limit: number;
  maxQueue: number;
  disposed: boolean;
  readonly slots: Slot[];
  /** Jobs without a slot, in the order in which they came. */
  readonly waiting: Set<number>;
  /** Jobs with a slot. */
  readonly running: Map<number, RunningJob>;
  nextWorker: number;
};

type Slot = {
  worker: { readonly id: number; phase: 'starting' | 'ready' | 'ending'; readonly done: Set<number> } | null;
  job: number | null;
};

type RunningJob = {
  readonly slot: Slot;
  phase: 'starting' | 'preparing' | 'prepared' | 'sent';
  /** Workers that broke down without it being this job's fault. */
  losses: number;
};

/** What a worker said, read by `readReply`. */
export type Reply<Result> =
  | { kind: 'result'; job: unknown; result: Result }
  | { kind: 'error'; job: unknown; message: string; fatal: boolean }
  | { kind: 'garbage'; what: string };

export type PoolEvent<Result> =
  /** A job that nobody has numbered before. */
  | { type: 'job'; job: number }
  /**
   * The caller does not want it any more, or its time is over; then a worker that is still starting is given up, too.
   */
  | { type: 'stop'; job: number; error: unknown; late: boolean }
  | { type: 'started'; worker: number }
  | { type: 'start-failed'; worker: number; error: unknown }
  | { type: 'prepared'; job: number }
  /** Its data could not be made, or not be sent. */
  | { type: 'job-failed'; job: number; error: unknown }
  | { type: 'reply'; worker: number; reply: Reply<Result> }
  /** It broke down; `gone` says that nothing is left of it to be stopped. */
  | { type: 'died'; worker: number; reason: string; gone: boolean }
  /** A worker that was told to stop has stopped. */
  | { type: 'ended'; worker: number }
  | { type: 'limit'; limit: number }
  | { type: 'dispose' };

/** What is to be done, in this order. */
export type PoolEffect<Result> =
  | { type: 'start-clock'; job: number }
  | { type: 'start-worker'; worker: number }
  | { type: 'stop-worker'; worker: number }
  | { type: 'prepare'; job: number }
  | { type: 'send'; job: number; worker: number }
  | { type: 'resolve'; job: number; result: Result }
  | { type: 'reject'; job: number; reason: Rejection };

/** Why a job ended without a result. */
export type Rejection =
  | { kind: 'error'; error: unknown }
  | { kind: 'worker'; message: string }
  | { kind: 'job'; message: string }
  | { kind: 'full'; waiting: number };

/** A pool without workers or jobs. */
export function createPoolState(limit: number, maxQueue: number): PoolState {
  return { limit, maxQueue, disposed: false, slots: [], waiting: new Set(), running: new Map(), nextWorker: 0 };
}

const disposedMessage = 'it was disposed while the job was under way.';

/** Applies an event. @returns what is to be done now */
export function step<Result>(state: PoolState, event: PoolEvent<Result>): PoolEffect<Result>[] {
  const effects: PoolEffect<Result>[] = [];
  switch (event.type) {
    case 'job':
      if (state.running.size + state.waiting.size >= state.limit + state.maxQueue) {
        effects.push({ type: 'reject', job: event.job, reason: { kind: 'full', waiting: state.waiting.size } });
      } else state.waiting.add(event.job);
      break;
    case 'stop':
      stopJob(state, event, effects);
      break;
    case 'started':
      workerStarted(state, event.worker, effects);
      break;
    case 'start-failed': {
      const slot = slotOf(state, event.worker);
      if (!slot) break;
      slot.worker = null;
      endJob(state, slot, { kind: 'error', error: event.error }, effects);
      break;
    }
    case 'prepared': {
      const job = state.running.get(event.job);
      if (job?.phase !== 'preparing') break;
      job.phase = 'prepared';
      sendIfReady(event.job, job, effects);
      break;
    }
    case 'job-failed': {
      const slot = state.running.get(event.job)?.slot;
      if (slot) endJob(state, slot, { kind: 'error', error: event.error }, effects);
      break;
    }
    case 'reply':
      receive(state, event.worker, event.reply, effects);
      break;
    case 'died':
      workerDied(state, event, effects);
      break;
    case 'ended': {
      const slot = slotOf(state, event.worker);
      if (!slot) break;
      slot.worker = null;
      if (slot.job !== null) startWorker(state, slot, effects); // for the job that this one never got
      break;
    }
    case 'limit':
      state.limit = event.limit;
      break;
    case 'dispose':
      dispose(state, effects);
      break;
  }
  assignJobs(state, effects);
  return effects;
}

/** Gives waiting jobs to free slots: to those with a worker first. */
function assignJobs<Result>(state: PoolState, effects: PoolEffect<Result>[]): void {
  for (const job of state.waiting) {
    const free = state.slots.filter((slot) => slot.job === null && slot.worker?.phase !== 'ending');
    let slot = free.find((one) => one.worker?.phase === 'ready') ?? free.find((one) => one.worker) ?? free[0];
    if (state.slots.length - free.length >= state.limit) return;
    if (!slot) {
      slot = { worker: null, job: null };
      state.slots.push(slot);
    }
    state.waiting.delete(job);
    slot.job = job;
    const running: RunningJob = { slot, phase: 'starting', losses: 0 };
    state.running.set(job, running);
    effects.push({ type: 'start-clock', job });
    if (!slot.worker) startWorker(state, slot, effects);
    else if (slot.worker.phase === 'ready') prepare(job, running, effects);
  }
}

function startWorker<Result>(state: PoolState, slot: Slot, effects: PoolEffect<Result>[]): void {
  const id = state.nextWorker++;
  slot.worker = { id, phase: 'starting', done: new Set() };
  effects.push({ type: 'start-worker', worker: id });
}

function workerStarted<Result>(state: PoolState, worker: number, effects: PoolEffect<Result>[]): void {
  const slot = slotOf(state, worker);
  if (!slot?.worker) {
    effects.push({ type: 'stop-worker', worker }); // it was given up
    return;
  }
  slot.worker.phase = 'ready';
  if (slot.job === null) return;
  const job = state.running.get(slot.job)!;
  if (job.phase === 'starting') prepare(slot.job, job, effects);
  else sendIfReady(slot.job, job, effects);
}

function prepare<Result>(id: number, job: RunningJob, effects: PoolEffect<Result>[]): void {
  job.phase = 'preparing';
  effects.push({ type: 'prepare', job: id });
}

function sendIfReady<Result>(id: number, job: RunningJob, effects: PoolEffect<Result>[]): void {
  const { worker } = job.slot;
  if (job.phase !== 'prepared' || worker?.phase !== 'ready') return;
  job.phase = 'sent';
  effects.push({ type: 'send', job: id, worker: worker.id });
}

function receive<Result>(state: PoolState, id: number, reply: Reply<Result>, effects: PoolEffect<Result>[]): void {
  const slot = slotOf(state, id);
  const worker = slot?.worker;
  if (!slot || worker?.phase !== 'ready') return;
  if (reply.kind !== 'garbage' && worker.done.has(reply.job as number)) return; // said twice
  const job = slot.job === null ? undefined : state.running.get(slot.job);
  if (slot.job === null || job?.phase !== 'sent') return; // nobody waits for a word of this worker
  if (reply.kind === 'garbage' || reply.job !== slot.job) {
    const what = reply.kind === 'garbage' ? reply.what : `an answer to job ${String(reply.job)}`;
    const message = `the worker answered job ${slot.job} with ${what}, and was stopped.`;
    stopWorker(slot, effects);
    // it may have been about an earlier job, so this one may be without fault: another worker gets it, once
    if (job.losses++ === 0) job.phase = 'starting';
    else endJob(state, slot, { kind: 'worker', message }, effects);
  } else if (reply.kind === 'error') {
    remember(worker.done, slot.job);
    endJob(state, slot, { kind: 'job', message: reply.message }, effects);
    if (reply.fatal) stopWorker(slot, effects);
  } else {
    remember(worker.done, slot.job);
    effects.push({ type: 'resolve', job: slot.job, result: reply.result });
    leaveSlot(state, slot);
  }
}

function workerDied<Result>(
  state: PoolState,
  { worker, reason, gone }: { worker: number; reason: string; gone: boolean },
  effects: PoolEffect<Result>[],
): void {
  const slot = slotOf(state, worker);
  if (!slot || slot.worker?.phase === 'ending') return;
  const job = slot.job === null ? undefined : state.running.get(slot.job);
  const reached = job?.phase === 'sent';
  if (gone) slot.worker = null;
  else stopWorker(slot, effects);
  if (!job) return;
  if (!reached && job.losses === 0) {
    job.losses++; // a job that it did not get yet goes to the next worker, once
    if (gone) startWorker(state, slot, effects);
  } else endJob(state, slot, { kind: 'worker', message: `the worker died: ${reason}` }, effects);
}

function stopJob<Result>(
  state: PoolState,
  { job: id, error, late }: { job: number; error: unknown; late: boolean },
  effects: PoolEffect<Result>[],
): void {
  if (state.waiting.delete(id)) {
    effects.push({ type: 'reject', job: id, reason: { kind: 'error', error } });
    return;
  }
  const job = state.running.get(id);
  if (!job) return;
  const { slot, phase } = job;
  endJob(state, slot, { kind: 'error', error }, effects);
  if (phase === 'sent') stopWorker(slot, effects);
  else if (late && slot.worker?.phase === 'starting') slot.worker = null; // 'started' stops it, if that ever comes
}

function dispose<Result>(state: PoolState, effects: PoolEffect<Result>[]): void {
  state.disposed = true;
  for (const job of [...state.waiting, ...state.running.keys()]) {
    effects.push({ type: 'reject', job, reason: { kind: 'worker', message: disposedMessage } });
  }
  state.waiting.clear();
  state.running.clear();
  for (const slot of state.slots) {
    slot.job = null;
    if (slot.worker?.phase === 'starting') slot.worker = null;
    else if (slot.worker?.phase === 'ready') stopWorker(slot, effects);
  }
}

/** Rejects the job of a slot, if it has one, and frees the slot. */
function endJob<Result>(state: PoolState, slot: Slot, reason: Rejection, effects: PoolEffect<Result>[]): void {
  if (slot.job === null) return;
  effects.push({ type: 'reject', job: slot.job, reason });
  leaveSlot(state, slot);
}

function leaveSlot(state: PoolState, slot: Slot): void {
  if (slot.job !== null) state.running.delete(slot.job);
  slot.job = null;
}

function stopWorker<Result>(slot: Slot, effects: PoolEffect<Result>[]): void {
  const { worker } = slot;
  if (!worker || worker.phase === 'ending') return;
  worker.phase = 'ending';
  effects.push({ type: 'stop-worker', worker: worker.id });
}

/** The last jobs of a worker, so that an answer given twice is known as such. */
function remember(done: Set<number>, job: number): void {
  done.add(job);
  for (const oldest of done) {
    if (done.size <= 100) return;
    done.delete(oldest);
  }
}

function slotOf(state: PoolState, worker: number): Slot | undefined {
  return state.slots.find((slot) => slot.worker?.id === worker);
}
