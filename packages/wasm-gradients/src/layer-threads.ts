import * as tf from '@tensorflow/tfjs-core';
import { styledKernels } from './styled/kernels.js';
import { wasmBackend } from './wasm-backend.js';

/**
 * How many threads compute the layers of a generator on the wasm backend, which has to be there: half of the logical
 * cores, four at most, where its memory is shared, else 1. They are started by this, or by the first layer.
 *
 * @throws WasmGradientsError if the backend is of a version that is not known
 */
export function layerThreads(): number {
  const backend = tf.findBackend('wasm');
  return backend ? (styledKernels(wasmBackend(backend))?.most ?? 1) : 1;
}
