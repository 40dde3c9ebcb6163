import * as tf from '@tensorflow/tfjs-core';

/** What is used of the backend of `@tensorflow/tfjs-node`, whose operations are TensorFlow's own. */
export type NodeBackend = {
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_FLOAT: number;
  };
  executeSingleOutput(operation: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[]): tf.Tensor;
};

type Attribute = { readonly name: string; readonly type: number; readonly value: unknown };

/**
 * The current backend, if it is tfjs-node's on a processor. On a GPU what is made of its operations was never measured.
 */
export function nodeBackend(): NodeBackend | null {
  if (tf.getBackend() !== 'tensorflow') return null;
  const backend = tf.backend() as unknown as NodeBackend;
  return backend.isUsingGpuDevice ? null : backend;
}

/** TensorFlow's operations on float32 tensors, as a layer's kernel needs them. */
export type TensorFlowOps = ReturnType<typeof tensorFlowOps>;

/** The operations of a backend. The result of each is the caller's, who disposes it. */
export function tensorFlowOps(backend: NodeBackend) {
  const { binding } = backend;
  const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const ints = (name: string, value: readonly number[]) => ({ name, type: binding.TF_ATTR_INT, value });
  const text = (name: string, value: string) => ({ name, type: binding.TF_ATTR_STRING, value });
  const run = (operation: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[]) =>
    backend.executeSingleOutput(operation, attributes, inputs) as tf.Tensor4D;
  const convolution = (stride: number, padding: string) => [
    type,
    ints('strides', [1, stride, stride, 1]),
    text('padding', padding),
    text('data_format', 'NHWC'),
    ints('dilations', [1, 1, 1, 1]),
  ];
  const same = convolution(1, 'SAME');
  return {
    /** Broadcast, as tf.mul. */
    multiply: (a: tf.Tensor, b: tf.Tensor) => run('Mul', [type], [a, b]),
    add: (a: tf.Tensor, b: tf.Tensor) => run('AddV2', [type], [a, b]),
    addBias: (x: tf.Tensor4D, bias: tf.Tensor) => run('BiasAdd', [type, text('data_format', 'NHWC')], [x, bias]),
    leakyRelu: (x: tf.Tensor4D, alpha: number) =>
      run('LeakyRelu', [type, { name: 'alpha', type: binding.TF_ATTR_FLOAT, value: alpha }], [x]),
    /** `[N, H, W, I] · [h, w, I, O]`, zeros outside */
    convolve: (x: tf.Tensor4D, weight: tf.Tensor) => run('Conv2D', same, [x, weight]),
    /** @param size int32 `[4]`, the shape of the result; `weight` is `[h, w, O, I]` */
    convolveTransposed: (x: tf.Tensor4D, weight: tf.Tensor, size: tf.Tensor, padding: 'SAME' | 'VALID') =>
      run('Conv2DBackpropInput', convolution(2, padding), [size, weight, x]),
    /** A filter for each channel, `[h, w, C, 1]`, with a border of one zero. */
    filterBordered: (x: tf.Tensor4D, filter: tf.Tensor) =>
      run(
        'DepthwiseConv2dNative',
        [...convolution(1, 'EXPLICIT'), ints('explicit_paddings', [0, 0, 1, 1, 1, 1, 0, 0])],
        [x, filter],
      ),
  };
}
