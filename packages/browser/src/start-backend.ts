import * as tf from '@tensorflow/tfjs-core';
import { type BackendName, backendOrder } from './backend-name.js';
import { BackendError } from './errors.js';
import { findWebGl, findWebGpu } from './find-gpu.js';
import { importPackage } from './import-package.js';
import type { WasmPaths } from './wasm/read-wasm-binary.js';
import { startWasm } from './wasm/start-wasm.js';
import { type Loss, watchLoss } from './watch-loss.js';

export type StartBackendOptions = {
  /**
   * Backends to try before the others, also where they compute in software. The others follow, the fastest real one
   * first.
   *
   * @default [] WebGPU and WebGL where the machine has a real one, else wasm
   */
  prefer?: BackendName | readonly BackendName[];
  /**
   * Where the binaries of `@tensorflow/tfjs-backend-wasm` are: the address of their folder, or one for each name.
   *
   * @default those in this package
   */
  wasmPaths?: WasmPaths;
  signal?: AbortSignal;
};

export type StartedBackend = {
  readonly name: BackendName;
  /** What computes, in the words of the browser. */
  readonly device: string;
  /** Of wasm; 1 for the others and where the page is not cross-origin isolated. */
  readonly threads: number;
  /** What was tried before, and why it did not do. */
  readonly skipped: readonly { readonly name: BackendName; readonly reason: string }[];
  /** Settles when the graphics processor is taken from the page: every tensor is then gone. Never for wasm. */
  readonly lost: Promise<Loss>;
};

let last: Promise<unknown> = Promise.resolve();

/**
 * Starts the fastest backend that this page or worker has, without configuration, and makes it the current one: WebGPU,
 * then WebGL, each only if it is no software, then WebAssembly.
 *
 * @throws BackendError if none starts: it says what was tried and why each did not do; the signal's reason
 */
export async function startBackend(options: StartBackendOptions = {}): Promise<StartedBackend> {
  const order = backendOrder(options.prefer);
  // one after the other: two parts of a page may ask at once
  const started = last.then(() => startFirst(order, options));
  last = started.catch(() => {});
  return await started;
}

async function startFirst(
  order: readonly BackendName[],
  { prefer = [], wasmPaths, signal }: StartBackendOptions,
): Promise<StartedBackend> {
  const skipped: { name: BackendName; reason: string }[] = [];
  for (const name of order) {
    signal?.throwIfAborted();
    try {
      const started = await startOne(name, { software: [prefer].flat().includes(name), wasmPaths, signal });
      return { name, ...started, skipped, lost: watchLoss(name) };
    } catch (error) {
      signal?.throwIfAborted();
      skipped.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  throw new BackendError(
    `startBackend: no backend starts here. ${skipped.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}. Use a browser with WebAssembly.`,
  );
}

async function startOne(
  name: BackendName,
  { software, wasmPaths, signal }: { software: boolean; wasmPaths?: WasmPaths; signal?: AbortSignal },
): Promise<{ device: string; threads: number }> {
  if (name === 'wasm') {
    const threads = await startWasm({ paths: wasmPaths, signal });
    return { device: `the processor, ${threads} ${threads === 1 ? 'thread' : 'threads'}`, threads };
  }
  const gpu = name === 'webgpu' ? await findWebGpu() : findWebGl();
  if (!gpu) throw new BackendError(`this browser has no ${name === 'webgpu' ? 'WebGPU' : 'WebGL 2'} here`);
  if (gpu.software && !software) throw new BackendError(`it is computed in software (${gpu.name}), slower than wasm`);
  await importPackage(name);
  signal?.throwIfAborted();
  if (name === 'webgl' && software) tf.env().set('SOFTWARE_WEBGL_ENABLED', true);
  if (!tf.findBackendFactory(name)) throw new BackendError('TensorFlow.js does not support it here');
  if (!(await tf.setBackend(name))) throw new BackendError('TensorFlow.js cannot start it here');
  await tf.ready();
  if (name === 'webgl' && !software && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) {
    throw new BackendError(`${gpu.name} computes with 16 bits only`);
  }
  return { device: gpu.name, threads: 1 };
}
