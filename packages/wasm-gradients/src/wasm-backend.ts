import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { WasmGradientsError } from './errors.js';

/** The part of the emscripten module of tfjs-backend-wasm that is used here. Offsets are in bytes. */
export type WasmModule = {
  readonly HEAPF32: Float32Array;
  readonly HEAP32: Int32Array;
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(offset: number): void;
  /** The memory itself: under `asm` in the build for one thread, beside it in the one with threads. */
  readonly asm?: { readonly memory?: WebAssembly.Memory };
  readonly wasmMemory?: WebAssembly.Memory;
  readonly tfjs: {
    registerTensor(id: number, size: number, offset: number): void;
    disposeData(id: number): void;
  };
  _BatchMatMul(
    a: number,
    aShape: number,
    aRank: number,
    b: number,
    bShape: number,
    bRank: number,
    transposeA: number,
    transposeB: number,
    out: number,
  ): void;
  _Conv2D(
    x: number,
    batch: number,
    height: number,
    width: number,
    filter: number,
    filterHeight: number,
    filterWidth: number,
    padTop: number,
    padRight: number,
    padBottom: number,
    padLeft: number,
    isSame: number,
    dilationHeight: number,
    dilationWidth: number,
    strideHeight: number,
    strideWidth: number,
    inChannels: number,
    outChannels: number,
    out: number,
  ): void;
  _DepthwiseConv2dNative: WasmModule['_Conv2D'];
  _AvgPool(
    x: number,
    batch: number,
    height: number,
    width: number,
    filterHeight: number,
    filterWidth: number,
    padTop: number,
    padRight: number,
    padBottom: number,
    padLeft: number,
    strideHeight: number,
    strideWidth: number,
    channels: number,
    out: number,
  ): void;
  _Prelu(x: number, slopes: number, out: number): void;
};

/** The part of `BackendWasm` that is used here; its class is not a dependency, so its shape is written down. */
export type WasmBackend = KernelBackend & {
  readonly wasm: WasmModule;
  readonly dataIdMap: { get(dataId: object): { id: number; memoryOffset: number } };
  dataIdNextNumber: number;
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  disposeData(dataId: object, force?: boolean): boolean;
};

/** The inputs of a kernel that has all of them. */
export type KernelInputs<Name extends string> = Record<Name, TensorInfo>;

const needed = ['_malloc', '_free', '_AvgPool', '_BatchMatMul', '_Conv2D', '_DepthwiseConv2dNative', '_Prelu'] as const;
const known = new WeakSet<object>();

/**
 * The backend of a kernel call, checked once for what this package uses of it.
 *
 * @throws WasmGradientsError if the backend is another one, or of a version without those parts
 */
export function wasmBackend(backend: unknown): WasmBackend {
  const candidate = backend as WasmBackend;
  if (known.has(candidate)) return candidate;
  const missing = needed.filter((name) => typeof candidate.wasm?.[name] !== 'function');
  if (missing.length > 0 || !candidate.dataIdMap || !candidate.makeOutput) {
    throw new WasmGradientsError(
      'WASM_BACKEND_UNSUPPORTED',
      `wasm-gradients: this version of @tensorflow/tfjs-backend-wasm lacks ${missing.join(', ') || 'makeOutput'}. ` +
        'Versions 4.22 and later of the 4.x line are known to work.',
    );
  }
  known.add(candidate);
  return candidate;
}

/** Byte offset of a tensor's data in the heap; it holds until the data is disposed. */
export function offsetOf(backend: WasmBackend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/**
 * Gives heap memory, in floats, that is freed when `work` returns or throws.
 * Views of the heap (`wasm.HEAPF32`) are stale after every allocation: read them again.
 */
export function withScratch<T>(backend: WasmBackend, work: (allocate: (floats: number) => number) => T): T {
  const blocks: number[] = [];
  try {
    return work((floats) => {
      const offset = backend.wasm._malloc(Math.max(1, floats) * 4) >>> 0;
      if (offset === 0) {
        throw new WasmGradientsError(
          'WASM_BACKEND_UNSUPPORTED',
          `wasm-gradients: the wasm heap has no room for ${floats} more floats. Use a smaller batch.`,
        );
      }
      blocks.push(offset);
      return offset;
    });
  } finally {
    for (const block of blocks) backend.wasm._free(block);
  }
}

/**
 * Gives a piece of the heap a tensor id for the C++ kernels while `work` runs. A fresh id also means that XNNPACK's
 * operators, which the backend caches by the id of the weights, are built anew and freed with it.
 */
export function withId<T>(backend: WasmBackend, offset: number, size: number, work: (id: number) => T): T {
  const id = backend.dataIdNextNumber++;
  backend.wasm.tfjs.registerTensor(id, size, offset);
  try {
    return work(id);
  } finally {
    backend.wasm.tfjs.disposeData(id);
  }
}
