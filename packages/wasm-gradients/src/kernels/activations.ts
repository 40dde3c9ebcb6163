import { type LeakyReluAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend, withId, withScratch } from '../wasm-backend.js';

/** `x < 0 ? alpha * x : x`, by XNNPACK's PReLU with equal slopes where the size allows. */
export function leakyRelu(
  backend: WasmBackend,
  inputs: KernelInputs<'x'>,
  { alpha }: LeakyReluAttrs,
): TensorInfo | undefined {
  const { x } = inputs;
  const size = util.sizeFromShape(x.shape);
  const channels = greatestCommonDivisor(size, 512);
  if (x.dtype !== 'float32' || size === 0 || channels < 8) return undefined;
  const out = backend.makeOutput(x.shape, 'float32');
  withScratch(backend, (allocate) => {
    const slopes = allocate(channels);
    backend.wasm.HEAPF32.fill(alpha, slopes >>> 2, (slopes >>> 2) + channels);
    withId(backend, slopes, channels, (slopesId) => {
      backend.wasm._Prelu(backend.dataIdMap.get(x.dataId).id, slopesId, backend.dataIdMap.get(out.dataId).id);
    });
  });
  return out;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** `tanh(x)` by the rational approximation of degree 13/6 that Eigen uses; within 3 units in the last place. */
export function tanh(backend: WasmBackend, inputs: KernelInputs<'x'>): TensorInfo | undefined {
  if (inputs.x.dtype !== 'float32') return undefined;
  return map(backend, inputs.x, (heap, from, to, size) => {
    for (let i = 0; i < size; i++) {
      const value = heap[from + i]!;
      const x = value > 9 ? 9 : value < -9 ? -9 : value;
      const z = x * x;
      let p = -2.76076847742355e-16;
      p = p * z + 2.00018790482477e-13;
      p = p * z - 8.60467152213735e-11;
      p = p * z + 5.12229709037114e-8;
      p = p * z + 1.48572235717979e-5;
      p = p * z + 6.37261928875436e-4;
      p = p * z + 4.89352455891786e-3;
      let q = 1.19825839466702e-6;
      q = q * z + 1.18534705686654e-4;
      q = q * z + 2.268434632439e-3;
      q = q * z + 4.89352518554385e-3;
      heap[to + i] = (x * p) / q;
    }
  });
}

/** `erf(x)` by the rational approximation of degree 13/8 that Eigen uses; absolute error below 3e-7. */
export function erf(backend: WasmBackend, inputs: KernelInputs<'x'>): TensorInfo | undefined {
  if (inputs.x.dtype !== 'float32') return undefined;
  return map(backend, inputs.x, (heap, from, to, size) => {
    for (let i = 0; i < size; i++) {
      const value = heap[from + i]!;
      const x = value > 4 ? 4 : value < -4 ? -4 : value;
      const z = x * x;
      let p = -2.72614225801306e-10;
      p = p * z + 2.77068142495902e-8;
      p = p * z - 2.10102402082508e-6;
      p = p * z - 5.69250639462346e-5;
      p = p * z - 7.34990630326855e-4;
      p = p * z - 2.95459980854025e-3;
      p = p * z - 1.60960333262415e-2;
      let q = -1.45660718464996e-5;
      q = q * z - 2.13374055278905e-4;
      q = q * z - 1.68282697438203e-3;
      q = q * z - 7.37332916720468e-3;
      q = q * z - 1.42647390514189e-2;
      heap[to + i] = (x * p) / q;
    }
  });
}

function map(
  backend: WasmBackend,
  x: TensorInfo,
  work: (heap: Float32Array, from: number, to: number, size: number) => void,
): TensorInfo {
  const out = backend.makeOutput(x.shape, 'float32');
  work(backend.wasm.HEAPF32, offsetOf(backend, x) >>> 2, offsetOf(backend, out) >>> 2, util.sizeFromShape(x.shape));
  return out;
}
