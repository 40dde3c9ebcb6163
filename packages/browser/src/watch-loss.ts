import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from './backend-name.js';

/** That a graphics processor was taken from the page: all its tensors are gone. */
export type Loss = { readonly name: BackendName; readonly reason: string };

/** Settles when the context or the device of the current backend is lost; never for wasm. */
export function watchLoss(name: BackendName): Promise<Loss> {
  return new Promise((resolve) => {
    const backend = tf.backend() as unknown as {
      gpgpu?: { gl?: { canvas?: EventTarget } };
      device?: { lost?: Promise<{ reason?: string; message?: string }> };
    };
    if (name === 'webgl') {
      backend.gpgpu?.gl?.canvas?.addEventListener('webglcontextlost', () =>
        resolve({ name, reason: 'the WebGL context was lost' }),
      );
    }
    if (name === 'webgpu') {
      backend.device?.lost?.then(({ reason, message }) =>
        resolve({ name, reason: `the WebGPU device was lost: ${message || reason || 'no reason given'}` }),
      );
    }
  });
}
