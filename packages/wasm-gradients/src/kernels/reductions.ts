import { backend_util, type SumAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend, withId } from '../wasm-backend.js';

/**
 * Windows of eight places and more: XNNPACK keeps their partial sums on the stack, four bytes a channel, and the stack of
 * the wasm module has 64 KB in all. From about 16 330 channels on it would write over other memory.
 */
const stackWindow = 8;
/** Half of the stack. */
const stackChannels = 8192;

/**
 * The sum (or mean) over neighbouring axes that are not the last ones: `out[a, b] = sum over r of x[a, r, b]`.
 * The original transposes x and adds up one number at a time; XNNPACK's average pooling, with all r in one window,
 * reads x as it lies. Where rows are too long for that, they are added up here.
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
  const start = offsetOf(backend, out) >>> 2;
  const pools = R < stackWindow || B <= stackChannels;
  if (pools) {
    withId(backend, offsetOf(backend, out), A * B, (outId) =>
      backend.wasm._AvgPool(backend.dataIdMap.get(x.dataId).id, A, R, 1, R, 1, 0, 0, 0, 0, 1, 1, B, outId),
    );
  } else {
    addRows(backend.wasm.HEAPF32, offsetOf(backend, x) >>> 2, start, A, R, B);
  }
  if (pools !== mean) {
    const heap = backend.wasm.HEAPF32;
    const factor = mean ? 1 / R : R;
    for (let i = start; i < start + A * B; i++) heap[i] = heap[i]! * factor;
  }
  return out;
}

/** `heap[to + a * B + b] = sum over r of heap[from + (a * R + r) * B + b]`, four rows at once, in blocks that stay in the cache. */
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
