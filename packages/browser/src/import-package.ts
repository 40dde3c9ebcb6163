import { BackendError } from './errors.js';

/**
 * The packages of the backends, each loaded when it is tried. The names are written out, so that every bundler finds
 * them; in a `try`, so that none fails where a package was left out on purpose.
 *
 * @throws BackendError that names the package
 */
export async function importPackage(name: 'wasm'): Promise<typeof import('@tensorflow/tfjs-backend-wasm')>;
export async function importPackage(name: 'webgl' | 'webgpu'): Promise<unknown>;
export async function importPackage(name: 'wasm' | 'webgl' | 'webgpu'): Promise<unknown> {
  try {
    if (name === 'webgpu') return await import('@tensorflow/tfjs-backend-webgpu');
    if (name === 'webgl') return await import('@tensorflow/tfjs-backend-webgl');
    return await import('@tensorflow/tfjs-backend-wasm');
  } catch (error) {
    throw new BackendError(
      `'@tensorflow/tfjs-backend-${name}' cannot be loaded: ${(error as Error).message}. Install it, or without a bundler name it in the import map.`,
      { cause: error },
    );
  }
}
