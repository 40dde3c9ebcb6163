import { type WasmBackend, withId } from './wasm-backend.js';

const shapeBlocks = new WeakMap<object, number>();

/** 24 bytes of heap for the shapes of two matrices, for the life of the backend. */
function shapeBlock(backend: WasmBackend, m: number, k: number, n: number): number {
  let block = shapeBlocks.get(backend.wasm);
  if (block === undefined) {
    block = backend.wasm._malloc(24) >>> 0;
    shapeBlocks.set(backend.wasm, block);
  }
  backend.wasm.HEAP32.set([1, m, k, 1, k, n], block >>> 2);
  return block;
}

/** `out = a * b` where `b` is known by an id, so that several products share its packed form. XNNPACK's GEMM. */
export function multiplyById(
  backend: WasmBackend,
  a: number,
  bId: number,
  out: number,
  m: number,
  k: number,
  n: number,
): void {
  const shapes = shapeBlock(backend, m, k, n);
  withId(backend, a, m * k, (aId) =>
    withId(backend, out, m * n, (outId) => backend.wasm._BatchMatMul(aId, shapes, 3, bId, shapes + 12, 3, 0, 0, outId)),
  );
}

/** `out [m, n] = a [m, k] * b [k, n]`, all three byte offsets of row-major float32 matrices in the heap. */
export function multiply(
  backend: WasmBackend,
  a: number,
  b: number,
  out: number,
  m: number,
  k: number,
  n: number,
): void {
  withId(backend, b, k * n, (bId) => multiplyById(backend, a, bId, out, m, k, n));
}

/** Writes the transpose `[columns, rows]` of the matrix `[rows, columns]` at `from` to `to`; indices of floats. */
export function transpose(heap: Float32Array, from: number, to: number, rows: number, columns: number): void {
  const block = 16; // 16 floats are one cache line
  for (let i0 = 0; i0 < rows; i0 += block) {
    const i1 = Math.min(rows, i0 + block);
    for (let j0 = 0; j0 < columns; j0 += block) {
      const j1 = Math.min(columns, j0 + block);
      for (let i = i0; i < i1; i++) {
        const source = from + i * columns;
        const target = to + i;
        for (let j = j0; j < j1; j++) heap[target + j * rows] = heap[source + j]!;
      }
    }
  }
}
