import { layerThreads, registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from '../errors.js';
import { importPackage } from '../import-package.js';
import { createWasmModule } from './create-wasm-module.js';
import { readWasmBinary, type WasmBuild, type WasmPaths } from './read-wasm-binary.js';

/** The version of tfjs-backend-wasm whose binaries this package brings. */
const embeddedVersion = '4.22.0';

/**
 * Starts the wasm backend, with threads where the page is cross-origin isolated and the machine has four
 * cores or more, and with the corrections of
 * `@autodrag/wasm-gradients`. A wasm backend that already runs is taken as it is.
 *
 * @returns the number of threads
 * @throws BackendError; the signal's reason
 */
export async function startWasm({ paths, signal }: { paths?: WasmPaths; signal?: AbortSignal } = {}): Promise<number> {
  const { BackendWasm, getThreadsCount, setThreadsCount, version_wasm: version } = await importPackage('wasm');
  signal?.throwIfAborted();
  registerWasmGradients();
  if (!('wasm' in tf.engine().registry)) {
    if (version !== embeddedVersion && paths === undefined) {
      throw new BackendError(
        `this package brings the binaries of tfjs-backend-wasm ${embeddedVersion}, the installed one is ${version}. Give wasmPaths, the folder of its .wasm files.`,
      );
    }
    const module = await createBestModule({ paths, signal });
    if (logicalCores() < coresForBoth) setThreadsCount(1);
    tf.removeBackend('wasm'); // its own factory asks for files by their addresses
    // biome-ignore lint/suspicious/noExplicitAny: the module's type is not exported
    tf.registerBackend('wasm', () => new BackendWasm(module as any), 2);
  }
  if (!(await tf.setBackend('wasm'))) throw new BackendError('TensorFlow.js refuses the wasm backend');
  return Math.max(layerThreads(), getThreadsCount());
}

/** The backend's own threads spin while they wait, and take the cores of those that compute a generator's layers. */
const coresForBoth = 8;

function logicalCores(): number {
  return globalThis.navigator?.hardwareConcurrency ?? 1;
}

async function createBestModule(options: { paths?: WasmPaths; signal?: AbortSignal }) {
  const [simd, threads] = await Promise.all([
    tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'),
    tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT'),
  ]);
  // threads are one for each physical core, of which there are half as many as logical ones: with less than four that
  // is one thread, and the build with threads is the slower one then
  const several = logicalCores() >= 4;
  const builds: WasmBuild[] = simd && threads && several ? ['threads', 'simd'] : [simd ? 'simd' : 'plain'];
  for (const build of builds) {
    try {
      const binary = await readWasmBinary(build, options);
      options.signal?.throwIfAborted();
      return await createWasmModule(build, binary);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (build === builds.at(-1)) throw error;
      console.warn(`startBackend: wasm without threads: ${(error as Error).message}`);
    }
  }
  throw new BackendError('this browser has no WebAssembly');
}
