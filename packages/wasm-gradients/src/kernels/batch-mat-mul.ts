import type { BatchMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { type Elements, elements } from '../elements.js';
import { WasmGradientsError } from '../errors.js';
import { multiply, multiplyById, transpose } from '../multiply.js';
import { type KernelInputs, offsetOf, type WasmBackend, withScratch } from '../wasm-backend.js';

/** The `[rows, columns]` that the weights of a data id were first multiplied with: see `reusableId`. */
const packedColumns = new WeakMap<object, string>();

/**
 * The backend caches XNNPACK's packed form of `b` by the id of its *data*, without its shape. Reshaped tensors share
 * their data, so a second shape would silently be multiplied with the packed form of the first.
 */
export function reusableId(backend: WasmBackend, b: TensorInfo, rows: number, columns: number): number | undefined {
  const shape = `${rows},${columns}`;
  const first = packedColumns.get(b.dataId);
  if (first === undefined) packedColumns.set(b.dataId, shape);
  else if (first !== shape) return undefined;
  return backend.dataIdMap.get(b.dataId).id;
}

/**
 * `a [..., m, k] * b [..., k, n]` with broadcast batch dimensions; either may be stored transposed.
 * The original runs XNNPACK's GEMM only for one untransposed pair; here every pair runs it.
 */
export function batchMatMul(
  backend: WasmBackend,
  inputs: KernelInputs<'a' | 'b'>,
  attrs: BatchMatMulAttrs,
): TensorInfo {
  const { a, b } = inputs;
  const { transposeA, transposeB } = attrs;
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const m = transposeA ? aColumns : aRows;
  const k = transposeA ? aRows : aColumns;
  const n = transposeB ? bRows : bColumns;
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw new WasmGradientsError(
      'WASM_KERNEL_ARGUMENT',
      `matMul: expected matrices, got a [${a.shape}] and b [${b.shape}]. Use tf.dot for vectors.`,
    );
  }
  if (k !== (transposeB ? bColumns : bRows)) {
    throw new WasmGradientsError(
      'WASM_KERNEL_ARGUMENT',
      `matMul: inner sizes differ: a [${a.shape}]${transposeA ? ' transposed' : ''}, b [${b.shape}]${transposeB ? ' transposed' : ''}.`,
    );
  }
  const pairs = broadcastPairs(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const whole = a.dtype === 'int32' && b.dtype === 'int32';
  const out = backend.makeOutput([...pairs.shape, m, n], whole ? 'int32' : 'float32');
  if (m * n * pairs.length === 0) return out;
  if (a.dtype !== 'float32' || b.dtype !== 'float32') {
    multiplyNumbers(elements(backend, a), elements(backend, b), elements(backend, out), pairs, [m, k, n], attrs);
    return out;
  }
  const offsets = { a: offsetOf(backend, a), b: offsetOf(backend, b), out: offsetOf(backend, out) };
  if (k === 0) {
    backend.wasm.HEAPF32.fill(0, offsets.out >>> 2, (offsets.out >>> 2) + m * n * pairs.length);
  } else if (!transposeA && pairs.bCount === 1 && pairs.aCount === pairs.length) {
    // one b for all: the rows of every a are the rows of one matrix
    const rows = m * pairs.length;
    const id = transposeB ? undefined : reusableId(backend, b, k, n);
    if (id !== undefined) multiplyById(backend, offsets.a, id, offsets.out, rows, k, n);
    else multiplyAll(backend, offsets, { ...pairs, length: 1 }, rows, k, n, false, transposeB);
  } else {
    multiplyAll(backend, offsets, pairs, m, k, n, transposeA, transposeB);
  }
  return out;
}

/** Products of whole numbers, which XNNPACK would read as floats. */
function multiplyNumbers(
  a: Elements,
  b: Elements,
  out: Elements,
  pairs: Pairs,
  [m, k, n]: [number, number, number],
  { transposeA, transposeB }: BatchMatMulAttrs,
): void {
  const [aRow, aColumn] = transposeA ? [1, m] : [k, 1];
  const [bRow, bColumn] = transposeB ? [1, k] : [n, 1];
  for (let pair = 0; pair < pairs.length; pair++) {
    const [ai, bi] = pairs.at(pair);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum += a[ai * m * k + i * aRow + l * aColumn]! * b[bi * k * n + l * bRow + j * bColumn]!;
        }
        out[(pair * m + i) * n + j] = sum;
      }
    }
  }
}

type Offsets = { a: number; b: number; out: number };

function multiplyAll(
  backend: WasmBackend,
  offsets: Offsets,
  pairs: Pairs,
  m: number,
  k: number,
  n: number,
  transposeA: boolean,
  transposeB: boolean,
): void {
  withScratch(backend, (allocate) => {
    // a [m, k] times a transposed b [n, k]: with few rows, (b * aT)T touches less memory than transposing b
    const swap = transposeB && !transposeA && 2 * m < n;
    const aT = transposeA || swap ? allocate(m * k) : 0;
    const bT = transposeB && !swap ? allocate(k * n) : 0;
    const outT = swap ? allocate(m * n) : 0;
    let aDone = -1;
    let bDone = -1;
    for (let pair = 0; pair < pairs.length; pair++) {
      const [ai, bi] = pairs.at(pair);
      const aPair = offsets.a + 4 * ai * m * k;
      const bPair = offsets.b + 4 * bi * k * n;
      const outPair = offsets.out + 4 * pair * m * n;
      const heap = backend.wasm.HEAPF32;
      if (aT && aDone !== ai) {
        if (transposeA) transpose(heap, aPair >>> 2, aT >>> 2, k, m);
        else transpose(heap, aPair >>> 2, aT >>> 2, m, k);
        aDone = ai;
      }
      if (bT && bDone !== bi) {
        transpose(heap, bPair >>> 2, bT >>> 2, n, k);
        bDone = bi;
      }
      if (swap) {
        multiply(backend, bPair, aT, outT, n, k, m);
        transpose(backend.wasm.HEAPF32, outT >>> 2, outPair >>> 2, n, m);
      } else {
        multiply(backend, aT || aPair, bT || bPair, outPair, m, k, n);
      }
    }
  });
}

type Pairs = {
  readonly shape: number[];
  /** Products to make, and how many different matrices there are on either side. */
  readonly length: number;
  readonly aCount: number;
  readonly bCount: number;
  at(index: number): [a: number, b: number];
};

/** Which matrix of `a` meets which of `b`, under NumPy's broadcasting of the batch dimensions. */
function broadcastPairs(aBatch: number[], bBatch: number[]): Pairs {
  const rank = Math.max(aBatch.length, bBatch.length);
  const aDims = [...new Array<number>(rank - aBatch.length).fill(1), ...aBatch];
  const bDims = [...new Array<number>(rank - bBatch.length).fill(1), ...bBatch];
  const shape = aDims.map((size, axis) => {
    const other = bDims[axis]!;
    if (size !== other && size !== 1 && other !== 1) {
      throw new WasmGradientsError(
        'WASM_KERNEL_ARGUMENT',
        `matMul: batch dimensions [${aBatch}] and [${bBatch}] do not broadcast.`,
      );
    }
    return size === 1 ? other : size;
  });
  return {
    shape,
    length: product(shape),
    aCount: product(aDims),
    bCount: product(bDims),
    at(index) {
      let [a, b, aStep, bStep, rest] = [0, 0, 1, 1, index];
      for (let axis = rank - 1; axis >= 0; axis--) {
        const position = rest % shape[axis]!;
        rest = Math.floor(rest / shape[axis]!);
        if (aDims[axis] !== 1) a += position * aStep;
        if (bDims[axis] !== 1) b += position * bStep;
        aStep *= aDims[axis]!;
        bStep *= bDims[axis]!;
      }
      return [a, b];
    },
  };
}

function product(sizes: number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}
