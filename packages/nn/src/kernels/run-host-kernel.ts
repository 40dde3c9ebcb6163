import * as tf from '@tensorflow/tfjs-core';
import { type HostMemory, hostMemoryOpener } from './host-memory.js';

/** A kernel written in plain loops over host memory. */
export type HostKernel<Attributes> = {
  /** Name in tfjs' registry. */
  readonly name: string;
  readonly run: (inputs: tf.TensorInfo[], attributes: Attributes, memory: HostMemory) => tf.TensorInfo[];
};

/** True if `runHostKernel` works on the current backend. */
export function hasHostMemory(): boolean {
  return hostMemoryOpener(tf.getBackend()) !== undefined;
}

/**
 * Runs a host kernel on the current backend, which must have host memory. It is registered with tfjs when it first
 * runs, so that importing this package changes nothing.
 */
export function runHostKernel<Attributes extends object>(
  { name, run }: HostKernel<Attributes>,
  inputs: readonly tf.Tensor[],
  attributes: Attributes,
): tf.Tensor[] {
  const backendName = tf.getBackend();
  if (tf.getKernel(name, backendName) == null) {
    const open = hostMemoryOpener(backendName)!;
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const ordered = Object.values(inputs as Record<string, tf.TensorInfo>);
        return run(ordered, attrs as unknown as Attributes, open(backend));
      },
    });
  }
  // Integer keys keep their order.
  const map = Object.fromEntries(inputs.map((tensor, index) => [index, tensor]));
  return tf.engine().runKernel(name, map, attributes as unknown as tf.NamedAttrMap) as tf.Tensor[];
}
