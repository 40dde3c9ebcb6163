import * as tf from '@tensorflow/tfjs-core';
import { WasmBackendNotRegisteredError } from './errors';
import { batchMatMul } from './kernels/batch-mat-mul';
import { conv2DBackpropFilter } from './kernels/conv2d-backprop-filter';
import { conv2DBackpropInput } from './kernels/conv2d-backprop-input';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './kernels/depthwise-backprop';
import { unsortedSegmentSum } from './kernels/unsorted-segment-sum';
import { type WasmBackend, wasmBackend } from './wasm-backend';

// biome-ignore lint/suspicious/noExplicitAny: every kernel has inputs and attributes of its own
type Kernel = (backend: WasmBackend, inputs: any, attrs: any) => tf.TensorInfo;

/** Kernels that the backend lacks: left alone should a later version bring them. */
const missing: Record<string, Kernel> = {
  [tf.Conv2DBackpropFilter]: conv2DBackpropFilter,
  [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
  [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
  [tf.UnsortedSegmentSum]: unsortedSegmentSum,
};

/** Kernels that the backend has, but slow or wrong. */
const better: Record<string, Kernel> = {
  [tf.BatchMatMul]: batchMatMul,
  [tf.Conv2DBackpropInput]: conv2DBackpropInput,
};

/** What `registerWasmGradients` did. */
export type WasmGradientsRegistration = {
  /** Kernels that the wasm backend did not have. */
  readonly added: readonly string[];
  /** Kernels of the wasm backend that were replaced. */
  readonly replaced: readonly string[];
};

/** Marks the registered kernels, also for another copy of this package. */
const marker = Symbol.for('@autodrag/wasm-gradients');
const originals = new Map<string, tf.KernelConfig | undefined>();

/**
 * Makes the wasm backend of TensorFlow.js able to train: adds the gradient kernels that it lacks and replaces those
 * that are slow or wrong. Call it once, before the first tensor is made; later calls do nothing.
 * The backend need not be initialised or current.
 *
 * @throws WasmBackendNotRegisteredError if `@tensorflow/tfjs-backend-wasm` has not been imported
 */
export function registerWasmGradients(): WasmGradientsRegistration {
  if (tf.findBackendFactory('wasm') == null) throw new WasmBackendNotRegisteredError('registerWasmGradients');
  const added: string[] = [];
  const replaced: string[] = [];
  for (const [name, kernel] of [...Object.entries(missing), ...Object.entries(better)]) {
    const original = tf.getKernel(name, 'wasm');
    if (original !== undefined && (marker in original || name in missing)) continue;
    if (original !== undefined) tf.unregisterKernel(name, 'wasm');
    originals.set(name, original);
    (original === undefined ? added : replaced).push(name);
    tf.registerKernel({
      ...original, // its setupFunc and disposeFunc: other kernels of the backend may rely on them
      kernelName: name,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs, backend }) => kernel(wasmBackend(backend), inputs, attrs),
      [marker]: true,
    } as tf.KernelConfig);
  }
  return { added, replaced };
}

/** Takes back what `registerWasmGradients` did: the backend has its own kernels again, and lacks what it lacked. */
export function unregisterWasmGradients(): void {
  for (const [name, original] of originals) {
    tf.unregisterKernel(name, 'wasm');
    if (original !== undefined) tf.registerKernel(original);
  }
  originals.clear();
}
