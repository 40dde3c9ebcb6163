import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { launchChromium } from '../../packages/cli/src/chromium/launch-chromium.mjs';
import { serve } from '../../packages/cli/src/chromium/serve.mjs';

export { findChromium } from '../../packages/cli/src/chromium/find-chromium.mjs';
export { whyNoBrowser } from './why-no-browser.mjs';
export { launchChromium, serve };

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** On isolated pages two threads: the backend takes at most half of the logical cores, of two it would be one. */
const wasmImport = `
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
setWasmPaths('/tfjs-wasm/');
if (globalThis.crossOriginIsolated) Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 });`;

/** The page's own module: starts the backend, runs the entry, leaves the result where the test finds it. */
const page = (entry, backend) => `
import * as tf from '@tensorflow/tfjs';
${backend === 'wasm' ? wasmImport : ''}
${backend === 'webgpu' ? "import '@tensorflow/tfjs-backend-webgpu';" : ''}
import { run } from ${JSON.stringify(entry)};
const describe = (error) => (error instanceof Error ? error.stack || error.message : String(error));
globalThis.__outcome = (async () => {
  try {
    if (!(await tf.setBackend('${backend}'))) throw new Error('the backend ${backend} does not start in this browser');
    await tf.ready();
    if (tf.getBackend() !== '${backend}') throw new Error('asked for ${backend}, got ' + tf.getBackend());
    return { result: (await run({ backend: '${backend}' })) ?? null };
  } catch (error) {
    return { error: describe(error) };
  }
})();
`;

/**
 * Bundles a module as a user's bundler would, opens it in a headless Chromium, and returns what its `run` gives.
 *
 * The module exports `run({ backend })`, which may be async and returns something that JSON can hold. When it is
 * called, `tf.getBackend()` is the backend asked for. It may import any package of this repository (their built
 * `dist`).
 *
 * @param {object} options
 * @param {string} options.entry path of the module, TypeScript or JavaScript
 * @param {'webgl' | 'webgpu' | 'wasm' | 'cpu'} [options.backend] @default 'webgl'
 * @param {number} [options.timeout] milliseconds for the page, after bundling @default 120000
 * @param {Record<string, string>} [options.files] files that the page may fetch: address to path
 * @param {boolean} [options.isolated] whether the page gets SharedArrayBuffer, and so threads on wasm @default false
 * @returns {Promise<any>} the result of `run`
 * @throws what `run` throws, with the page's console below it
 */
export async function runInBrowser({ entry, backend = 'webgl', timeout = 120_000, files = {}, isolated = false }) {
  const directory = mkdtempSync(join(tmpdir(), 'autodrag-page-'));
  const log = [];
  let server;
  let browser;
  try {
    await bundle(resolve(entry), backend, directory);
    server = await serve({ directory, isolated, files: { ...files, ...(backend === 'wasm' ? wasmFiles() : {}) } });
    browser = await launchChromium({ backend });
    const tab = await browser.context.newPage();
    tab.on('console', (message) => log.push(`${message.type()}: ${message.text()}`));
    tab.on('pageerror', (error) => log.push(`uncaught: ${error.stack ?? error.message}`));
    tab.on('crash', () => log.push('the page crashed'));
    tab.on('requestfailed', (request) => log.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
    const outcome = await withinTime(timeout, async () => {
      await tab.goto(`${server.url}/`, { timeout });
      await tab.waitForFunction(() => '__outcome' in globalThis, undefined, { timeout });
      return tab.evaluate(() => /** @type {any} */ (globalThis).__outcome);
    });
    if ('error' in outcome) throw new Error(outcome.error);
    return outcome.result;
  } catch (error) {
    const tail = log.length > 0 ? `\nthe page's console:\n  ${log.slice(-20).join('\n  ')}` : '';
    throw new Error(`runInBrowser: ${entry} on ${backend}: ${error instanceof Error ? error.message : error}${tail}`, {
      cause: error,
    });
  } finally {
    await browser?.close();
    await server?.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Writes `index.html` and the bundle of the page into `directory`. */
async function bundle(entry, backend, directory) {
  const virtual = 'virtual:autodrag-page';
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"test"' },
    plugins: [
      {
        name: 'autodrag-page',
        resolveId: (id) => (id === virtual ? join(root, 'autodrag-page.mjs') : undefined),
        load: (id) => (id === join(root, 'autodrag-page.mjs') ? page(entry, backend) : undefined),
      },
    ],
    build: {
      outDir: directory,
      emptyOutDir: false,
      minify: false,
      target: 'es2022',
      chunkSizeWarningLimit: 100_000,
      rollupOptions: { input: virtual, output: { entryFileNames: 'page.js', format: 'es' } },
    },
  });
  writeFileSync(
    join(directory, 'index.html'),
    '<!doctype html><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
  );
}

/** The backend's binaries under the addresses that `setWasmPaths('/tfjs-wasm/')` asks for. */
function wasmFiles() {
  const require = createRequire(join(root, 'package.json'));
  const directory = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
  const binaries = readdirSync(directory).filter((name) => name.endsWith('.wasm'));
  return Object.fromEntries(binaries.map((name) => [`/tfjs-wasm/${name}`, join(directory, name)]));
}

async function withinTime(timeout, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no result within ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
