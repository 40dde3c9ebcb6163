import type * as tf from '@tensorflow/tfjs-core';

/**
 * The memory of a backend that keeps its tensors where JavaScript can read and write them without a copy. There, one
 * loop over the numbers beats a dozen kernels, each of which walks through memory once.
 */
export type HostMemory = {
  /** A new float32 tensor, not initialised. */
  allocate(shape: number[]): tf.TensorInfo;
  /** The numbers of a float32 tensor themselves. Valid until the next `allocate`, which may move the memory. */
  view(info: tf.TensorInfo): Float32Array;
};

// The parts of the two backends that are used, which tfjs-core does not type.
type WasmBackend = {
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array;
};
type CpuBackend = {
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
  data: { get(dataId: object): { values: Float32Array } };
};

const openers: Record<string, (backend: unknown) => HostMemory> = {
  wasm: (backend) => {
    const wasm = backend as WasmBackend;
    return {
      allocate: (shape) => wasm.makeOutput(shape, 'float32'),
      view: (info) => wasm.typedArrayFromHeap(info),
    };
  },
  cpu: (backend) => {
    const cpu = backend as CpuBackend;
    return {
      allocate: (shape) =>
        cpu.makeTensorInfo(shape, 'float32', new Float32Array(shape.reduce((product, size) => product * size, 1))),
      view: (info) => cpu.data.get(info.dataId).values,
    };
  },
};

/** How to get at the memory of a backend, or undefined if it is out of reach (on a device, or inside a library). */
export function hostMemoryOpener(backendName: string): ((backend: unknown) => HostMemory) | undefined {
  return Object.hasOwn(openers, backendName) ? openers[backendName] : undefined;
}
