import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { registerWasmGradients, unregisterWasmGradients, WasmBackendNotRegisteredError } from '../src/index.js';

afterEach(() => {
  unregisterWasmGradients();
});

describe('without the wasm backend', () => {
  // in this file the backend is imported last, by the tests below
  test('the error says what to import', () => {
    expect(tf.findBackendFactory('wasm')).toBeFalsy();
    expect(() => registerWasmGradients()).toThrow(WasmBackendNotRegisteredError);
    expect(() => registerWasmGradients()).toThrow(/^registerWasmGradients: .*Import '@tensorflow\/tfjs-backend-wasm'/);
    try {
      registerWasmGradients();
    } catch (error) {
      expect((error as WasmBackendNotRegisteredError).code).toBe('WASM_BACKEND_NOT_REGISTERED');
    }
  });
});

describe('with it', () => {
  test('registering is idempotent, quiet, and can be taken back', async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    const own = tf.getKernel('BatchMatMul', 'wasm');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { added, replaced } = registerWasmGradients();
    expect(added).toEqual([
      'Conv2DBackpropFilter',
      'DepthwiseConv2dNativeBackpropFilter',
      'DepthwiseConv2dNativeBackpropInput',
      'Einsum',
      'UnsortedSegmentSum',
      'AutodragStyledWeight',
      'AutodragStyledConvolution',
      'AutodragColours',
    ]);
    expect(replaced).toContain('BatchMatMul');
    expect(replaced).toContain('Conv2DBackpropInput');
    const registered = tf.getKernel('BatchMatMul', 'wasm');
    expect(registered.kernelFunc).not.toBe(own.kernelFunc);
    expect(registerWasmGradients()).toEqual({ added: [], replaced: [] });
    expect(tf.getKernel('BatchMatMul', 'wasm')).toBe(registered);
    unregisterWasmGradients();
    expect(tf.getKernel('BatchMatMul', 'wasm')).toBe(own);
    expect(tf.getKernel('UnsortedSegmentSum', 'wasm')).toBeUndefined();
    unregisterWasmGradients();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test("every replaced kernel keeps the original's setupFunc, which the backend calls when it starts", async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    const names = registerWasmGradients().replaced;
    const setups = names.map((name) => tf.getKernel(name, 'wasm').setupFunc);
    unregisterWasmGradients();
    expect(setups).toEqual(names.map((name) => tf.getKernel(name, 'wasm').setupFunc));
    expect(setups.filter(Boolean).length).toBeGreaterThan(8);
  });

  test('registered before the backend starts, or after: both work, and all of a training step leaks nothing', async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    registerWasmGradients();
    await tf.setBackend('wasm');
    const step = () =>
      tf.tidy(() => {
        const image = tf.randomNormal([2, 8, 8, 3]) as tf.Tensor4D;
        const parameters = [
          tf.randomNormal([3, 3, 3, 8]),
          tf.randomNormal([3, 3, 6, 8]),
          tf.randomNormal([4, 4, 6, 1]),
          tf.randomNormal([6, 4]),
          tf.randomNormal([10, 6]),
        ];
        const { value } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
          const [a, b, blur, head, table] = tensors as [
            tf.Tensor4D,
            tf.Tensor4D,
            tf.Tensor4D,
            tf.Tensor2D,
            tf.Tensor2D,
          ];
          const down = tf.leakyRelu(tf.conv2d(image, a, 2, 'same'), 0.2);
          const up = tf.conv2dTranspose(down as tf.Tensor4D, b, [2, 9, 9, 6], 2, 'valid');
          const blurred = tf.maxPool(tf.depthwiseConv2d(up, blur, 1, 'same'), 2, 2, 'same');
          const rows = tf.add(
            tf.reshape(blurred, [-1, 25, 6]),
            tf.gather(table, tf.range(0, 25, 1, 'int32').mod(10).toInt()),
          );
          const scores = tf.softmax(tf.matMul(rows, rows, false, true));
          return tf.mean(tf.square(tf.matMul(tf.reshape(tf.matMul(scores, rows), [-1, 6]), head))) as tf.Scalar;
        })(parameters);
        return value.dataSync()[0]!;
      });
    expect(step()).toBeGreaterThan(0);
    const before = tf.memory();
    for (let i = 0; i < 3; i++) step();
    const after = tf.memory();
    expect([after.numTensors, after.numDataBuffers, after.numBytes]).toEqual([
      before.numTensors,
      before.numDataBuffers,
      before.numBytes,
    ]);
    unregisterWasmGradients();
    registerWasmGradients();
    expect(step()).toBeGreaterThan(0);
  });

  test('the heap does not grow over many steps', async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    registerWasmGradients();
    await tf.setBackend('wasm');
    const heap = () => (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.byteLength;
    const step = () =>
      tf.tidy(() => {
        const x = tf.ones([4, 64, 64, 16]) as tf.Tensor4D;
        const w = tf.ones([3, 3, 16, 16]) as tf.Tensor4D;
        tf.grads((a, b) => tf.sum(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same')))([x, w]);
        tf.matMul(tf.ones([512, 512]), tf.ones([512, 512]), true, true);
      });
    for (let i = 0; i < 3; i++) step();
    const before = heap();
    for (let i = 0; i < 30; i++) step();
    expect(heap()).toBe(before);
  });
});
