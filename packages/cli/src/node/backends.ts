import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from './errors.js';

/** The backends of the command line. `node` is libtensorflow on the CPU, `cuda` libtensorflow on an NVIDIA GPU. */
export const backendNames = ['wasm', 'node', 'cuda', 'webgpu', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

type Backend = { readonly needs: string; readonly registered: string; start(): Promise<void> };

const backends: Record<BackendName, Backend> = {
  wasm: { needs: '@tensorflow/tfjs-backend-wasm', registered: 'wasm', start: startWasm },
  cpu: {
    needs: '@tensorflow/tfjs-backend-cpu',
    registered: 'cpu',
    start: async () => void (await import('@tensorflow/tfjs-backend-cpu')),
  },
  node: {
    needs: '@tensorflow/tfjs-node',
    registered: 'tensorflow',
    start: () => {
      // An arena in place of malloc, which returns larger tensors to the system: most of the time of a training. It
      // takes up to four times the memory.
      if (memoryLimit() >= 16e9) process.env.TF_CPU_ALLOCATOR_USE_BFC ??= 'true';
      return importTensorflow('@tensorflow/tfjs-node');
    },
  },
  cuda: {
    needs: '@tensorflow/tfjs-node-gpu',
    registered: 'tensorflow',
    start: () => importTensorflow('@tensorflow/tfjs-node-gpu'),
  },
  webgpu: { needs: 'webgpu @tensorflow/tfjs-backend-webgpu', registered: 'webgpu', start: startWebGpu },
};

/**
 * Starts a TensorFlow.js backend in Node and makes it the current one.
 *
 * @throws BackendError if it is unknown, not installed, or does not start; the message says what to install
 */
export async function useBackend(name: string): Promise<BackendName> {
  if (!isBackendName(name)) {
    throw new BackendError(`--backend: expected one of ${backendNames.join(', ')}, got '${name}'.`);
  }
  const backend = backends[name];
  try {
    await quietly(backend.start);
  } catch (error) {
    if (isNotFound(error)) {
      throw new BackendError(
        `--backend ${name}: it needs ${missing(backend)}, which is not installed. Run 'npm install ${missing(backend)}', or use --backend wasm.`,
        { cause: error },
      );
    }
    throw new BackendError(
      `--backend ${name}: ${backend.needs} does not start: ${firstLine(error)}. Use --backend wasm.`,
      {
        cause: error,
      },
    );
  }
  let started = false;
  try {
    started = await quietly(() => tf.setBackend(backend.registered));
    await tf.ready();
    await quietly(async () => tf.add(1, 1).dispose()); // the cpu backend greets with its first operation
  } catch (error) {
    throw new BackendError(`--backend ${name}: it does not start here: ${firstLine(error)}. Use --backend wasm.`, {
      cause: error,
    });
  }
  if (!started) throw new BackendError(`--backend ${name}: it does not start on this machine. Use --backend wasm.`);
  return name;
}

/** Which backends are installed (not whether they would start), with what is to be installed for the others. */
export function installedBackends(): { name: BackendName; installed: boolean; needs: string }[] {
  return backendNames.map((name) => ({
    name,
    needs: backends[name].needs,
    installed: backends[name].needs.split(' ').every(isInstalled),
  }));
}

/**
 * Gives the backend its gradients: `@tensorflow/tfjs` (which `@tensorflow/tfjs-node` brings) registers them.
 *
 * @throws BackendError if neither is installed
 */
export async function registerGradients(): Promise<void> {
  try {
    await quietly(() => importOptional('@tensorflow/tfjs'));
  } catch (error) {
    throw new BackendError(
      "train: it needs the gradients of @tensorflow/tfjs, which is not installed. Run 'npm install @tensorflow/tfjs'.",
      {
        cause: error,
      },
    );
  }
}

/** The packages of a backend that are not installed; all of them where that cannot be told. */
function missing({ needs }: Backend): string {
  const absent = needs.split(' ').filter((one) => !isInstalled(one));
  return absent.length ? absent.join(' ') : needs;
}

function isBackendName(name: string): name is BackendName {
  return (backendNames as readonly string[]).includes(name);
}

async function startWasm(): Promise<void> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  wasm.setWasmPaths(join(folder, sep));
  // Not for training only: it mends a matMul that can read stale weights, and makes slices and gathers faster.
  registerWasmGradients();
}

async function startWebGpu(): Promise<void> {
  const { create, globals } = (await importAny('webgpu')) as { create(flags: string[]): GPU; globals: object };
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  if (!(await gpu.requestAdapter())) throw new Error('no WebGPU adapter was found');
  await importOptional('@tensorflow/tfjs-backend-webgpu');
}

/** Bytes that this process may take: the machine's, or what a container leaves of them. */
function memoryLimit(): number {
  return Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
}

async function importTensorflow(name: string): Promise<void> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // libtensorflow writes to stderr, past the console
  await importAny(name);
}

async function importOptional(name: string): Promise<void> {
  await importAny(name);
}

/** A variable specifier: bundlers and the type checker leave it alone, so that none of these has to be installed. */
async function importAny(name: string): Promise<unknown> {
  return import(name);
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}

function isNotFound(error: unknown): boolean {
  const code = (error as { code?: string } | null)?.code;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] as string;
}

/**
 * TensorFlow.js greets and warns on the console while it starts; a program that prints JSON must not. The wasm module
 * also adds process-wide listeners that rethrow every error: those that were not there before are taken away.
 */
async function quietly<T>(start: () => Promise<T>): Promise<T> {
  const { warn, info, log, error } = console;
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process.listeners(event as 'uncaughtException')));
  const silence = () => {};
  Object.assign(console, { warn: silence, info: silence, log: silence, error: silence });
  try {
    return await start();
  } finally {
    Object.assign(console, { warn, info, log, error });
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before[i]?.has(listener)) process.removeListener(event as 'uncaughtException', listener);
      }
    });
  }
}
