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
window.run = async () => {
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
      } else {
        response.setHeader('content-type', 'text/html');
        response.end(`<!doctype html><script type="module">${script}</script>`);
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
});
