import { WasmGradientsError } from '../errors.js';

/** Kernels of which several threads may each compute a part. */
export type LayerKernel = 'keepResolution' | 'doubleResolution' | 'addColours';

/** In the order of assembly/styled-convolution.ts; at most 16. */
export type LayerArguments = readonly number[];

/** Threads beside the one that calls. */
export type Threads = {
  /** How many have started. They do so while the caller's event loop turns, or never, where a policy forbids them. */
  readonly ready: number;
  /**
   * Has one part computed by each of the first threads.
   *
   * @param parts at most `ready`
   * @returns a function that waits until all are done; nothing else may be started before
   */
  start(kernel: LayerKernel, parts: readonly LayerArguments[]): () => void;
  end(): void;
};

/** What a thread is started with. */
export type ThreadStart = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
};

// The control block: words of 32 bits, then 16 arguments of 64 bits for each part.
/** Number of the job · 256 + how many parts it has, the caller's with them. One word, so that the two always agree. */
const JOB = 0;
const READY = 1;
const DONE = 2;
const FAILED = 3;
const KERNEL = 4;
const HEADER_BYTES = 64;
const ARGUMENTS = 16;
const MOST_THREADS = 64;
/** A part takes milliseconds; a machine that was asleep is given time to wake up. */
const PATIENCE = 60_000;

const KERNELS: readonly LayerKernel[] = ['keepResolution', 'doubleResolution', 'addColours'];

/** The script of a thread. It waits for a job that has a part for it, computes that, says so, and waits again. */
export const threadScript = `onmessage = ({ data: { module, memory, control } }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = [${KERNELS.map((name) => `exports.${name}`).join(', ')}];
  const words = new Int32Array(control, 0, ${HEADER_BYTES / 4});
  const args = new Float64Array(control, ${HEADER_BYTES});
  let job = Atomics.load(words, ${JOB});
  const part = Atomics.add(words, ${READY}, 1);
  for (;;) {
    Atomics.wait(words, ${JOB}, job);
    job = Atomics.load(words, ${JOB});
    if (part + 1 >= (job & 255)) continue;
    try {
      kernels[words[${KERNEL}]](...args.subarray(part * ${ARGUMENTS}, (part + 1) * ${ARGUMENTS}));
    } catch {
      Atomics.store(words, ${FAILED}, 1);
    }
    Atomics.add(words, ${DONE}, 1);
    Atomics.notify(words, ${DONE});
  }
};`;

/**
 * @param module imports shared memory
 * @param startThread starts one, by `threadScript`; the browser's workers by default
 * @returns null for no threads
 */
export function createThreads(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  count: number,
  startThread: (start: ThreadStart) => { terminate(): unknown } = startWorker,
): Threads | null {
  if (count < 1) return null;
  const control = new SharedArrayBuffer(HEADER_BYTES + 8 * ARGUMENTS * MOST_THREADS);
  const words = new Int32Array(control, 0, HEADER_BYTES / 4);
  const args = new Float64Array(control, HEADER_BYTES);
  const started: { terminate(): unknown }[] = [];
  try {
    while (started.length < Math.min(count, MOST_THREADS)) started.push(startThread({ module, memory, control }));
  } catch {
    // no workers here, or none from a blob: the caller's thread does all
  }
  const mayWait = waitingIsAllowed(words);
  let lost = false;

  const wait = (others: number) => {
    const until = performance.now() + PATIENCE;
    for (;;) {
      const done = Atomics.load(words, DONE);
      if (done === others) break;
      if (performance.now() > until) {
        lost = true;
        throw lostThread('does not answer');
      }
      if (mayWait) Atomics.wait(words, DONE, done, 100);
    }
    if (Atomics.load(words, FAILED) === 0) return;
    lost = true;
    throw lostThread('broke down');
  };

  return {
    get ready() {
      return lost ? 0 : Atomics.load(words, READY);
    },
    start(kernel, parts) {
      for (const [part, values] of parts.entries()) args.set(values, part * ARGUMENTS);
      words[KERNEL] = KERNELS.indexOf(kernel);
      words[DONE] = 0;
      const number = (Atomics.load(words, JOB) >>> 8) + 1;
      Atomics.store(words, JOB, (number << 8) | (parts.length + 1));
      Atomics.notify(words, JOB);
      return () => wait(parts.length);
    },
    end() {
      lost = true;
      for (const thread of started) thread.terminate();
    },
  };
}

function lostThread(what: string): WasmGradientsError {
  return new WasmGradientsError(
    'WASM_THREAD_LOST',
    `wasm-gradients: a thread of the wasm backend ${what}. The next picture is made by one thread alone; try again.`,
  );
}

/** A page's own thread may not wait: it asks again and again, for the milliseconds that a part takes. */
function waitingIsAllowed(words: Int32Array): boolean {
  try {
    Atomics.wait(words, DONE, 1, 0); // it is 0: this returns at once, or throws
    return true;
  } catch {
    return false;
  }
}

function startWorker(start: ThreadStart): Worker {
  const address = URL.createObjectURL(new Blob([threadScript], { type: 'text/javascript' }));
  const worker = new Worker(address);
  worker.onerror = (event) => event.preventDefault(); // one that does not start is not waited for
  worker.postMessage(start);
  return worker;
}
