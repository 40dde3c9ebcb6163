import type { WasmBackend, WasmModule } from '../wasm-backend.js';

import { modules } from './module.js';
import { importingSharedMemory } from './shared-memory.js';
import { createThreads, type LayerArguments, type LayerKernel, type Threads } from './threads.js';

/** See assembly/styled-convolution.ts. Arguments are byte addresses in the heap of the backend, and counts. */
export type StyledKernels = {
  packTaps(weight: number, packed: number, taps: number, inputs: number, outputs: number): void;
  packWinograd(weight: number, packed: number, inputs: number, outputs: number, scratch: number): void;
  /** How many parts of a layer are computed at once: by the threads that have started. */
  readonly threads: number;
  /** How many there will be, if all start. */
  readonly most: number;
  /** Parts of a layer, as many as there are threads at most; all are done when it returns. */
  layer(kernel: LayerKernel, parts: readonly LayerArguments[]): void;
};

type Exports = Pick<StyledKernels, 'packTaps' | 'packWinograd'> &
  Record<LayerKernel, (...args: LayerArguments) => void>;

type Running = { readonly kernels: StyledKernels; end(): void };

const instances = new WeakMap<object, Running | null>();

/**
 * The kernels over the memory of a backend, on as many threads as that has.
 *
 * @returns null where the engine has no SIMD or compiles nothing (a content security policy)
 */
export function styledKernels({ wasm }: WasmBackend): StyledKernels | null {
  let running = instances.get(wasm);
  if (running === undefined) {
    running = instantiate(wasm);
    instances.set(wasm, running);
  }
  return running?.kernels ?? null;
}

/** Ends the threads of a backend that is going. */
export function endStyledKernels({ wasm }: WasmBackend): void {
  instances.get(wasm)?.end();
  instances.delete(wasm);
}

function instantiate(wasm: WasmModule): Running | null {
  const memory = wasm.asm?.memory ?? wasm.wasmMemory;
  if (!memory) return null;
  try {
    const bytes = [modules.relaxed, modules.simd].map(decode).find((module) => WebAssembly.validate(module));
    if (bytes === undefined) return null;
    const shared = !(memory.buffer instanceof ArrayBuffer);
    const module = new WebAssembly.Module(shared ? importingSharedMemory(bytes) : bytes);
    const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
    const threads = shared ? createThreads(module, memory, threadsHere() - 1) : null;
    return { kernels: joined(exports, threads, threads ? threadsHere() : 1), end: () => threads?.end() };
  } catch {
    return null;
  }
}

/** One for each physical core, of which there are half as many as logical ones; four at most, as the backend has it. */
function threadsHere(): number {
  return Math.min(4, Math.floor((globalThis.navigator?.hardwareConcurrency ?? 1) / 2));
}

function joined(exports: Exports, threads: Threads | null, most: number): StyledKernels {
  return {
    most,
    packTaps: exports.packTaps,
    packWinograd: exports.packWinograd,
    get threads() {
      return 1 + (threads?.ready ?? 0);
    },
    layer(kernel, [own, ...others]) {
      const wait = threads && others.length > 0 ? threads.start(kernel, others) : undefined;
      try {
        exports[kernel](...own!);
      } finally {
        wait?.(); // they write into memory that the caller frees
      }
    },
  };
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
