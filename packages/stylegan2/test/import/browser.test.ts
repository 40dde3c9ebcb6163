import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { build, type Rollup } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, whyNoBrowser } from '../../../../scripts/browser/run-in-browser.mjs';

const executablePath = findChromium();
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What the page runs: bundled as an application would bundle it. */
const PAGE = `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { createIndexedDbCache, importStyleGan2 } from '${at('../../src/import/index.ts')}';
const summary = async ({ kind, config, parameters }) => ({
  kind,
  resolution: config.resolution,
  mean: [...(await parameters.buffers.wAvg.data())],
});
const page = globalThis.window ?? {};
if (globalThis.window === undefined) {
  // The same script as a worker: it imports what it is sent, reports its progress, and stops when it is told to.
  const controller = new AbortController();
  onmessage = async ({ data }) => {
    if (data === 'stop') return controller.abort();
    try {
      const onProgress = (progress) => postMessage({ progress });
      const result = await importStyleGan2(data, { signal: controller.signal, onProgress });
      postMessage({ result: await summary(result) });
    } catch (error) {
      postMessage({ error: { code: error.code, message: error.message } });
    }
  };
}
page.runWorker = async (input, { stopAfter = Infinity } = {}) => {
  const worker = new Worker('/script.js', { type: 'module' });
  const seen = [];
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  const answer = await new Promise((resolve, reject) => {
    worker.onerror = reject;
    worker.onmessage = ({ data }) => {
      if (data.progress === undefined) return resolve(data);
      seen.push(data.progress);
      if (seen.length === stopAfter) worker.postMessage('stop');
    };
    worker.postMessage(input);
  });
  clearInterval(timer);
  worker.terminate();
  return { ...answer, ticks, phases: [...new Set(seen.map(({ phase }) => phase))], last: seen.at(-1), reports: seen.length };
};
page.importInWorker = async () => {
  const bytes = await (await fetch('/network.pkl')).arrayBuffer();
  return page.runWorker(new File([bytes], 'network.pkl'));
};
page.stopInWorker = () => {
  const slow = new Uint8Array(60_000_000).fill(0x30); // NONE, POP, NONE, POP …
  for (let i = 2; i < slow.length; i += 2) slow[i] = 0x4e;
  slow.set([0x80, 4]);
  return page.runWorker(slow, { stopAfter: 3 });
};
page.run = async () => {
  const url = new URL('/network.pkl', location.href);
  const cache = createIndexedDbCache({ name: 'test' });
  const phases = new Set();
  const fetched = await summary(await importStyleGan2(url, { cache, onProgress: ({ phase }) => phases.add(phase) }));
  const bytes = await (await fetch(url)).arrayBuffer();
  const file = await summary(await importStyleGan2(new File([bytes], 'network.pkl')));
  const keys = await cache.keys();
  const kept = await summary(await importStyleGan2(url, { cache }));
  await cache.delete(keys[0]);
  return { fetched, file, kept, keys: keys.length, left: (await cache.keys()).length, phases: [...phases] };
};
`;

describe.skipIf(whyNoBrowser())('importStyleGan2 in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let requests = 0;

  beforeAll(async () => {
    const result = (await build({
      configFile: false,
      logLevel: 'error',
      plugins: [
        {
          name: 'page',
          resolveId: (id: string) => (id === 'virtual-page' ? at('./virtual-page.js') : undefined),
          load: (id: string) => (id === at('./virtual-page.js') ? PAGE : undefined),
        },
      ],
      build: { write: false, minify: false, rollupOptions: { input: 'virtual-page' } },
    })) as Rollup.RollupOutput;
    const script = result.output[0].code;
    server = createServer((request, response) => {
      if (request.url === '/network.pkl') {
        requests++;
        response.end(readFileSync(at('./fixtures/ada-protocol-4.pkl')));
      } else if (request.url === '/script.js') {
        response.setHeader('content-type', 'text/javascript');
        response.end(script);
      } else {
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><script type="module" src="/script.js"></script>');
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('reads a URL and a File, and keeps the result in IndexedDB', async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('window.run !== undefined');
    const { fetched, file, kept, keys, left, phases } = (await page.evaluate('window.run()')) as Record<string, object>;
    expect(fetched).toMatchObject({ kind: 'nvidia-pytorch', resolution: 16 });
    expect(file).toEqual(fetched);
    expect(kept).toEqual({ ...fetched, kind: 'autodrag' });
    expect({ keys, left, phases, requests }).toEqual({
      keys: 1,
      left: 0,
      phases: ['download', 'scan', 'read'],
      requests: 2,
    });
  });

  it('reads a File in a worker, reports its progress to the end, and stops there when told to', async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('window.run !== undefined');
    const read = (await page.evaluate('window.importInWorker()')) as Record<string, unknown>;
    expect(read.result).toMatchObject({ kind: 'nvidia-pytorch', resolution: 16 });
    expect(read.phases).toEqual(['scan', 'read']);
    const { loaded, total } = read.last as { loaded: number; total: number };
    expect(loaded).toBe(total);
    const stopped = (await page.evaluate('window.stopInWorker()')) as Record<string, unknown>;
    expect(stopped.error).toMatchObject({ code: 'CHECKPOINT_ABORTED' });
  }, 60_000);
});
