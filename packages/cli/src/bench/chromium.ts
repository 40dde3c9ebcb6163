import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '@autodrag/nn';
import { findChromium } from '../chromium/find-chromium.mjs';
import { serve } from '../chromium/serve.mjs';
import { BackendError } from '../node/errors.js';
import type { GeneratorMeasurement } from './measure-generator.js';
import type { Job } from './page.js';
import { memoryOf, pagesOf, processesBelow, processorTimeOf } from './process-memory.js';

export const browserBackends = ['webgl', 'webgpu', 'wasm'] as const;
export type BrowserBackend = (typeof browserBackends)[number];

/** What a page ends with. `started: false`: this browser has no such backend. */
export type BrowserOutcome =
  | { readonly device: string; readonly measurement: GeneratorMeasurement }
  | { readonly error: string; readonly started: boolean };

export type BrowserMeasurement = {
  /** What computed, in the words of the browser. */
  readonly device: string;
  readonly measurement: GeneratorMeasurement;
  /** Memory of all processes of the browser at most, shared parts once; null where it cannot be read (not Linux). */
  readonly residentBytes: number | null;
};

export type MeasureInChromiumOptions = {
  signal?: AbortSignal;
  onProgress?: (done: number, total: number, text: string) => void;
};

/**
 * Runs the measurement of a generator in a headless Chromium with an empty profile that is removed afterwards. It takes
 * a GPU where Chromium finds one, and software otherwise.
 *
 * @throws BackendError that says what to install; the signal's reason
 */
export async function measureInChromium(job: Job, options: MeasureInChromiumOptions = {}): Promise<BrowserMeasurement> {
  if (!findChromium()) {
    throw new BackendError(
      process.env.CHROMIUM_PATH
        ? `--browser: CHROMIUM_PATH=${process.env.CHROMIUM_PATH} cannot be started.`
        : '--browser: no Chromium or Chrome was found. Install one (Debian: apt-get install chromium) or set CHROMIUM_PATH.',
    );
  }
  let reason = '';
  for (const software of [false, true]) {
    const { outcome, residentBytes, processorTime } = await openPage(job, software, options);
    if (!('error' in outcome)) {
      return { device: outcome.device, measurement: { ...outcome.measurement, processorTime }, residentBytes };
    }
    reason = outcome.error;
    if (outcome.started) break;
  }
  throw new BackendError(`--browser: ${job.backend} in Chromium: ${reason}`);
}

/** The bundled page, `dist/bench-page`, seen from wherever in this package this file runs. */
function pageFolder(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    for (const place of ['bench-page/', 'dist/bench-page/']) {
      const url = new URL(place, folder);
      if (existsSync(new URL('page.js', url))) return fileURLToPath(url);
    }
    if (folder.pathname === '/' || new URL('..', folder).href === folder.href) {
      throw new BackendError("--browser: dist/bench-page is not there. Build the package: 'npm run build'.");
    }
  }
}

/** Serves the page, opens it, and gives what it ends with. */
async function openPage(job: Job, software: boolean, { signal, onProgress }: MeasureInChromiumOptions) {
  signal?.throwIfAborted();
  const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  const binaries = ['', '-simd', '-threaded-simd'].map((kind) => `tfjs-backend-wasm${kind}.wasm`);
  // threads on wasm need a page that is isolated
  const server = await serve({
    directory: pageFolder(),
    files: Object.fromEntries(binaries.map((name) => [`/tfjs-wasm/${name}`, join(wasm, name)])),
    isolated: true,
  });
  const browser = await launch(job.backend, software).catch(async (error) => {
    await server.close();
    throw error;
  });
  const marks: number[] = [];
  const memory = watchMemory();
  try {
    const tab = await browser.context.newPage();
    await tab.exposeFunction('reportProgress', (done: number, total: number, text: string) => {
      marks[done] = processorTimeOf(processesBelow(process.pid));
      onProgress?.(done, total, text);
    });
    const outcome = await Promise.race([
      (async (): Promise<BrowserOutcome> => {
        await tab.goto(`${server.url}/`);
        await tab.waitForFunction(() => 'measure' in globalThis);
        return tab.evaluate((it) => (globalThis as unknown as MeasuringPage).measure(it), job);
      })(),
      new Promise<BrowserOutcome>((resolve) => {
        const error = 'the page crashed, most likely for want of memory';
        tab.once('crash', () => resolve({ error, started: true }));
      }),
      new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
    ]);
    return { outcome, residentBytes: memory.most(), processorTime: passesOf(marks) };
  } finally {
    memory.stop();
    await browser.close();
    await server.close();
  }
}

/** What the page offers: see page.ts. */
export type MeasuringPage = {
  measure(job: Job): Promise<BrowserOutcome>;
  reportProgress(done: number, total: number, text: string): Promise<void>;
};

/** @throws BackendError if Playwright, which opens the browser, is not installed, or the browser does not start */
async function launch(backend: BrowserBackend, software: boolean) {
  try {
    const { launchChromium } = await import('../chromium/launch-chromium.mjs');
    return await launchChromium({ backend, software });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw new BackendError(
      code === 'ERR_MODULE_NOT_FOUND'
        ? "--browser: it needs playwright-core, which is not installed. Run 'npm install playwright-core'."
        : `--browser: '${findChromium()}' does not start: ${message.split('\n')[0]}`,
      { cause: error },
    );
  }
}

/** The most memory that this program's child processes, the browser's, held at one time. */
function watchMemory(): { most(): number | null; stop(): void } {
  let residentBytes: number | null = null;
  let most = 0;
  const look = () => {
    const processes = processesBelow(process.pid);
    const pages = pagesOf(processes);
    if (pages <= 1.01 * most) return; // memoryOf takes long for large processes
    most = pages;
    residentBytes = Math.max(residentBytes ?? 0, memoryOf(processes));
  };
  const timer = setInterval(look, 500);
  return { most: () => residentBytes, stop: () => clearInterval(timer) };
}

/**
 * Processor time of a pass: what the browser used between the page's messages that a pass begins, of which the first
 * two are those of the weights and of the pass that is not counted.
 */
function passesOf(marks: readonly number[]): number | null {
  const passes = marks.slice(3).map((mark, i) => mark - (marks[i + 2] as number));
  return passes.length > 0 && (marks.at(-1) as number) > 0 ? median(passes) : null;
}
