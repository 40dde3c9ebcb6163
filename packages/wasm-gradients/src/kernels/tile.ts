import type { TensorInfo, TileAttrs } from '@tensorflow/tfjs-core';
import { copyRun, elementsOf, firstElement } from '../copy.js';
import { type KernelInputs, offsetOf, type WasmBackend, withScratch } from '../wasm-backend.js';

/** Repeats x along its axes, one axis after the other from the last; the original computes every index by division. */
export function tile(backend: WasmBackend, inputs: KernelInputs<'x'>, attrs: TileAttrs): TensorInfo {
  const { x } = inputs;
  const shape = x.shape.map((length, axis) => length * attrs.reps[axis]!);
  const out = backend.makeOutput(shape, x.dtype);
  const size = shape.reduce((product, length) => product * length, 1);
  if (size === 0) return out;
  const repeated = attrs.reps
    .map((times, axis) => ({ times, axis }))
    .filter(({ times }) => times > 1)
    .reverse();
  withScratch(backend, (allocate) => {
    // the last axis first: what is written for it is a block to repeat for the next one
    const stages = repeated.map(({ times, axis }, index) => {
      const outer = x.shape.slice(0, axis).reduce((product, length) => product * length, 1);
      const block = x.shape[axis]! * shape.slice(axis + 1).reduce((product, length) => product * length, 1);
      const last = index === repeated.length - 1;
      return { times, outer, block, at: last ? offsetOf(backend, out) : allocate(outer * block * times) };
    });
    const heap = elementsOf(backend, x.dtype);
    const index = (offset: number) => (x.dtype === 'bool' ? offset : offset >>> 2);
    let from = firstElement(backend, x);
    if (stages.length === 0) copyRun(heap, from, firstElement(backend, out), size);
    for (const { times, outer, block, at } of stages) {
      let to = index(at);
      for (let o = 0; o < outer; o++) {
        const source = from + o * block;
        if (block === 1) {
          heap.fill(heap[source]!, to, to + times);
        } else {
          copyRun(heap, source, to, block);
          for (let done = 1; done < times; ) {
            const more = Math.min(done, times - done); // doubles what is there
            copyRun(heap, to, to + done * block, more * block);
            done += more;
          }
        }
        to += times * block;
      }
      from = index(at);
    }
  });
  return out;
}
