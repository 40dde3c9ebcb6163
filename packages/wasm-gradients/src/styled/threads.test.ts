import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { modules } from './module.js';
import { importingSharedMemory } from './shared-memory.js';
import { createThreads, type LayerArguments, type LayerKernel, type ThreadStart, threadScript } from './threads.js';

const binary = Uint8Array.from(Buffer.from(modules.simd, 'base64'));
const module = new WebAssembly.Module(importingSharedMemory(binary));
const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Record<
  LayerKernel,
  (...args: LayerArguments) => void
>;
const floats = new Float32Array(memory.buffer);

const workers: Worker[] = [];
/** As the browser starts one, in Node. */
function startThread(start: ThreadStart): Worker {
  const script = `const { workerData } = require('node:worker_threads'); let onmessage; ${threadScript}
    setImmediate(() => onmessage({ data: workerData }));`;
  const worker = new Worker(script, { eval: true, workerData: start });
  workers.push(worker);
  return worker;
}
afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

const [height, width, channels, outputs] = [16, 24, 8, 16];
/** Places of a layer's arrays in memory, in floats from 16 on, and random numbers there. */
const places = new Map<string, number>();
let end = 16;
const place = (name: string, count: number) => {
  places.set(name, 4 * end);
  for (let i = end; i < end + count; i++) floats[i] = Math.sin(i * 12.9898) * 0.5;
  end += Math.ceil(count / 4) * 4;
};
place('x', height * width * channels);
place('style', channels);
place('kept', 36 * channels * outputs);
place('taps', 9 * channels * outputs);
place('scale', outputs);
place('bias', outputs);
place('noise', 4 * height * width);
place('y', 4 * height * width * outputs);
for (const part of ['0', '1', '2']) place(part, 200_000);
const at = (name: string) => places.get(name)!;

const layer = (kernel: LayerKernel, first: number, last: number, scratch: string): LayerArguments => [
  ...([at('x'), at('style'), at(kernel === 'keepResolution' ? 'kept' : 'taps'), at('scale'), at('bias')] as const),
  ...([at('noise'), at('y'), 0.3, height, width, channels, outputs, first, last, 5, at(scratch)] as const),
];
const result = () => floats.slice(at('y') / 4, at('y') / 4 + 4 * height * width * outputs);

describe('threads', () => {
  it('compute the parts of a layer, and the whole is as of one thread', async () => {
    const threads = createThreads(module, memory, 2, startThread)!;
    await expect.poll(() => threads.ready, { timeout: 30_000 }).toBe(2);
    for (const [kernel, all, count] of [
      ['keepResolution', (height * width) / 16, height * width * outputs],
      ['doubleResolution', height, 4 * height * width * outputs],
    ] as const) {
      kernels[kernel](...layer(kernel, 0, all, '0'));
      const expected = result().subarray(0, count);
      expect(new Set(expected).size).toBeGreaterThan(1000);
      for (let turn = 0; turn < 20; turn++) {
        floats.fill(0, at('y') / 4, at('y') / 4 + 4 * height * width * outputs);
        const wait = threads.start(kernel, [layer(kernel, 4, 10, '1'), layer(kernel, 10, all, '2')]);
        kernels[kernel](...layer(kernel, 0, 4, '0'));
        wait();
        const largest = Math.max(
          ...result()
            .subarray(0, count)
            .map((value, i) => Math.abs(value - expected[i]!)),
        );
        expect(largest).toBeLessThan(1e-6);
      }
    }
    threads.end();
    expect(threads.ready).toBe(0);
  }, 60_000);

  it('say so where one breaks down, and no part is given to them any more', async () => {
    const threads = createThreads(module, memory, 1, startThread)!;
    await expect.poll(() => threads.ready, { timeout: 30_000 }).toBe(1);
    const [, ...rest] = layer('keepResolution', 0, 8, '1');
    const wait = threads.start('keepResolution', [[2 ** 31, ...rest] as unknown as LayerArguments]);
    expect(wait).toThrow('a thread of the wasm backend broke down');
    expect(threads.ready).toBe(0);
    threads.end();
    await once(workers.at(-1)!, 'exit');
  }, 60_000);
});

it('there are none where none are asked for', () => {
  expect(createThreads(module, memory, 0, startThread)).toBeNull();
});

it('a module that imports nothing is not changed', () => {
  expect(() => importingSharedMemory(Uint8Array.from([0, 97, 115, 109]))).toThrow('does not import memory');
});
