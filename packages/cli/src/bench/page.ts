// What `autodrag bench --browser` opens. Bundled by itself with all that it imports: see tsup.config.ts and
// chromium.ts.
import type { StyleGan2Config } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import type { BrowserBackend, BrowserOutcome, MeasuringPage } from './chromium.js';
import { measureGenerator } from './measure-generator.js';

export type Job = {
  backend: BrowserBackend;
  config: StyleGan2Config;
  seed: number;
  passes: number;
  /** Of wasm; by default as `@autodrag/browser`: half of the logical cores, one where there are fewer than 4. */
  threads?: number;
};

const program = globalThis as unknown as MeasuringPage;

/** Starts the backend. @returns what computes, in words */
const start: Record<BrowserBackend, (job: Job) => Promise<string>> = {
  async webgl() {
    await import('@tensorflow/tfjs-backend-webgl');
    if (!(await tf.setBackend('webgl'))) throw new NoBackend('WebGL does not start');
    const gl = document.createElement('canvas').getContext('webgl2');
    const info = gl?.getExtension('WEBGL_debug_renderer_info');
    return String((info && gl?.getParameter(info.UNMASKED_RENDERER_WEBGL)) || 'unknown renderer');
  },
  async webgpu() {
    const adapter = await navigator.gpu?.requestAdapter();
    if (!adapter) throw new NoBackend('no WebGPU adapter was found');
    const { vendor, architecture, description } = adapter.info;
    await import('@tensorflow/tfjs-backend-webgpu');
    if (!(await tf.setBackend('webgpu'))) throw new NoBackend('WebGPU does not start');
    return [vendor, architecture, description].filter(Boolean).join(' ') || 'unknown adapter';
  },
  async wasm({ threads: asked }) {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths('/tfjs-wasm/');
    // the backend takes half of what it sees, and its own threads spin: see startWasm of @autodrag/browser
    if (asked !== undefined) Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * asked });
    if (navigator.hardwareConcurrency < 4) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    else if (navigator.hardwareConcurrency < 8) wasm.setThreadsCount(1);
    const { layerThreads, registerWasmGradients } = await import('@autodrag/wasm-gradients');
    registerWasmGradients(); // as the command line does in Node
    if (!(await tf.setBackend('wasm'))) throw new NoBackend('WebAssembly does not start');
    const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    const threads = Math.max(layerThreads(), wasm.getThreadsCount());
    return `${simd ? 'SIMD' : 'no SIMD'}, ${threads} thread${threads === 1 ? '' : 's'}`;
  },
};

class NoBackend extends Error {}

program.measure = async (job: Job): Promise<BrowserOutcome> => {
  const { backend, config, seed, passes } = job;
  try {
    const device = await start[backend](job);
    await tf.ready();
    const measurement = await measureGenerator(config, {
      seed,
      passes,
      onProgress: (done, total, text) => void program.reportProgress(done, total, text),
    });
    return { device, measurement };
  } catch (error) {
    const { message } = error as Error;
    return { error: message || String(error), started: !(error instanceof NoBackend) };
  }
};
