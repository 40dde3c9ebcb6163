import { backend_util, type SumAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { copyRun } from '../copy.js';
import { type KernelInputs, offsetOf, type WasmBackend, withId, withScratch } from '../wasm-backend.js';

/**
 * Windows of eight places and more: XNNPACK keeps their partial sums on the stack, four bytes a channel, and the stack
 * of the wasm module has 64 KB in all. From about 16 330 channels on it would write over other memory.
 */
const stackWindow = 8;
/** Half of the stack. */
const stackChannels = 8192;

/**
 * The sum (or mean) over neighbouring axes that are not the last ones: `out[a, b] = sum over r of x[a, r, b]`.
 * The original transposes x and adds up one number at a time; XNNPACK's average pooling reads x as it lies. Where rows
 * are too long for that, they are added up here.
 *
 * @returns undefined where the axes or the dtype are others: the original kernel does those
 */
export function sumLeading(
  backend: WasmBackend,
  inputs: KernelInputs<'x'>,
  attrs: SumAttrs,
  mean: boolean,
): TensorInfo | undefined {
  const { x } = inputs;
  const axes = util.parseAxisParam(attrs.axis, x.shape).sort((a, b) => a - b);
  const first = axes[0];
  const last = axes[axes.length - 1];
  if (x.dtype !== 'float32' || first === undefined || last === undefined) return undefined;
  if (last - first + 1 !== axes.length) return undefined;
  const A = util.sizeFromShape(x.shape.slice(0, first));
  const R = util.sizeFromShape(x.shape.slice(first, last + 1));
  const B = util.sizeFromShape(x.shape.slice(last + 1));
  if (A * B === 0 || B < 2 || R < 2) return undefined;
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const out = backend.makeOutput(attrs.keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape, 'float32');
  const from = offsetOf(backend, x);
  const to = offsetOf(backend, out);
  if (R < stackWindow || B <= stackChannels) addByPooling(backend, from, to, A, R, B);
  else addRows(backend.wasm.HEAPF32, from >>> 2, to >>> 2, A, R, B);
  addAgainWhereInfinite(backend.wasm.HEAPF32, from >>> 2, to >>> 2, A, R, B);
  if (mean) {
    const heap = backend.wasm.HEAPF32;
    for (let i = to >>> 2, end = i + A * B; i < end; i++) heap[i] = heap[i]! / R;
  }
  return out;
}

/**
 * A pooling gives the mean of its window, and only that of 1, 2, 4, 8 ... rows times their number is the sum to the
 * last bit: R rows are as many poolings as R has binary digits of 1.
 */
function addByPooling(backend: WasmBackend, from: number, to: number, A: number, R: number, B: number): void {
  withScratch(backend, (allocate) => {
    const part = allocate(A * B);
    for (let done = 0; done < R; ) {
      const rows = 2 ** Math.floor(Math.log2(R - done));
      const target = done === 0 ? to : part;
      if (rows === 1) copyRows(backend.wasm.HEAPF32, (from >>> 2) + done * B, target >>> 2, A, R, B);
      else {
        // R rows an image, of which the window is the first ones from row `done` on: the rest is never read
        withId(backend, from + 4 * done * B, A * R * B, (fromId) =>
          withId(backend, target, A * B, (targetId) =>
            backend.wasm._AvgPool(fromId, A, R, 1, rows, 1, 0, 0, 0, 0, R, 1, B, targetId),
          ),
        );
      }
      const heap = backend.wasm.HEAPF32;
      const [sum, more] = [to >>> 2, part >>> 2];
      if (done === 0) for (let i = 0; i < A * B; i++) heap[sum + i] = heap[sum + i]! * rows;
      else for (let i = 0; i < A * B; i++) heap[sum + i] = heap[sum + i]! + heap[more + i]! * rows;
      done += rows;
    }
  });
}

function copyRows(heap: Float32Array, from: number, to: number, A: number, R: number, B: number): void {
  for (let a = 0; a < A; a++) copyRun(heap, from + a * R * B, to + a * B, B);
}

/** XNNPACK clamps its results, which turns NaN into -Infinity: such a sum is added up once more. */
function addAgainWhereInfinite(heap: Float32Array, from: number, to: number, A: number, R: number, B: number): void {
  for (let i = 0; i < A * B; i++) {
    if (heap[to + i] !== Number.NEGATIVE_INFINITY) continue;
    const first = from + Math.floor(i / B) * R * B + (i % B);
    let sum = 0;
    for (let r = 0; r < R; r++) sum += heap[first + r * B]!;
    heap[to + i] = sum;
  }
}

/**
 * `heap[to + a * B + b] = sum over r of heap[from + (a * R + r) * B + b]`, four rows at once, in blocks that stay in
 * the cache.
 */
function addRows(heap: Float32Array, from: number, to: number, A: number, R: number, B: number): void {
  const block = 2048;
  heap.fill(0, to, to + A * B);
  for (let a = 0; a < A; a++) {
    for (let b0 = 0; b0 < B; b0 += block) {
      const count = Math.min(block, B - b0);
      const target = to + a * B + b0;
      let row = from + a * R * B + b0;
      let r = 0;
      for (; r + 4 <= R; r += 4, row += 4 * B) {
        for (let i = 0; i < count; i++) {
          const at = row + i;
          heap[target + i] = heap[target + i]! + (heap[at]! + heap[at + B]!) + (heap[at + 2 * B]! + heap[at + 3 * B]!);
        }
      }
      for (; r < R; r++, row += B) {
        for (let i = 0; i < count; i++) heap[target + i] = heap[target + i]! + heap[row + i]!;
      }
    }
  }
}
