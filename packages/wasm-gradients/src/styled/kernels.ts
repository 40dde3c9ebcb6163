import type { WasmBackend } from '../wasm-backend.js';
import { modules } from './module.js';

/** See assembly/styled-convolution.ts. Arguments are byte addresses in the heap of the backend, and counts. */
export type StyledKernels = {
  multiply(x: number, weights: number, out: number, rows: number, inputs: number, outputs: number): void;
  packTaps(weight: number, packed: number, taps: number, inputs: number, outputs: number): void;
  packWinograd(weight: number, packed: number, inputs: number, outputs: number, scratch: number): void;
  transformTiles(
    x: number,
    style: number,
    out: number,
    height: number,
    width: number,
    channels: number,
    first: number,
    count: number,
    scratch: number,
  ): void;
  finishTiles(
    products: number,
    y: number,
    scale: number,
    bias: number,
    noise: number,
    limit: number,
    height: number,
    width: number,
    channels: number,
    first: number,
    count: number,
    scratch: number,
  ): void;
  scaleChannels(x: number, style: number, out: number, pixels: number, channels: number): void;
  finishLines(
    above: number,
    here: number,
    below: number,
    y: number,
    scale: number,
    bias: number,
    noise: number,
    limit: number,
    width: number,
    channels: number,
    scratch: number,
  ): void;
};

const instances = new WeakMap<object, StyledKernels | null>();

/**
 * The kernels over the memory of a backend.
 *
 * @returns null where the engine has no SIMD or compiles nothing (a content security policy), or where the backend runs
 * on several threads: there its own convolutions are faster
 */
export function styledKernels({ wasm }: WasmBackend): StyledKernels | null {
  let kernels = instances.get(wasm);
  if (kernels === undefined) {
    kernels = instantiate((wasm as { asm?: { memory?: WebAssembly.Memory } }).asm?.memory);
    instances.set(wasm, kernels);
  }
  return kernels;
}

function instantiate(memory: WebAssembly.Memory | undefined): StyledKernels | null {
  if (!(memory?.buffer instanceof ArrayBuffer)) return null; // shared by threads
  try {
    const bytes = [modules.relaxed, modules.simd].map(decode).find((module) => WebAssembly.validate(module));
    if (bytes === undefined) return null;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    return exports as unknown as StyledKernels;
  } catch {
    return null;
  }
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
