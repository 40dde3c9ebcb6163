// What it does is in README.md beside it.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium, serve, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const strict = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self' data:; style-src 'self'",
};

/** Each gives the address of a page, and how to end what serves it. */
const ways = {
  'vite-dev': async (app) => viteDev(app),
  'vite-build': async (app) => serveFolder(viteBuild(app)),
  'vite-build-isolated': async (app) => serveFolder(viteBuild(app), { headers: isolated, threads: true }),
  'vite-build-strict-csp': async (app) => serveFolder(viteBuild(app), { headers: strict }),
  'webpack-build': async (app) => serveFolder(webpackBuild(app)),
  'webpack-build-isolated': async (app) => serveFolder(webpackBuild(app), { headers: isolated, threads: true }),
  esbuild: async (app) => serveFolder(esbuildBuild(app, 'esbuild', [])),
  'esbuild-splitting': async (app) => serveFolder(esbuildBuild(app, 'esbuild-splitting', ['--splitting', '--minify'])),
  'import-map': async (app) => serveFolder(app, { path: '/no-bundler.html' }),
};

const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
for (const name of asked) if (!(name in ways)) throw new Error(`no way '${name}': ${Object.keys(ways).join(', ')}`);
if (whyNoBrowser()) process.exit(0);

const work = mkdtempSync(join(tmpdir(), 'autodrag-web-'));
const app = join(work, 'app');
const bin = (name) => resolve(app, 'node_modules/.bin', name);
let failed = 0;
try {
  prepare();
  const browser = await launchChromium({ backend: 'wasm' });
  try {
    for (const name of asked.length ? asked : Object.keys(ways)) {
      const from = Date.now();
      try {
        const said = await openPage(browser.context, await ways[name](app));
        console.log(`web: ${name}: ${said} (${((Date.now() - from) / 1000).toFixed(0)} s)`);
      } catch (error) {
        failed++;
        console.error(`web: ${name}: FAILED: ${error instanceof Error ? error.message : error}`);
      }
    }
  } finally {
    await browser.close();
  }
} finally {
  if (process.argv.includes('--keep')) console.log(`web: the project is in ${app}`);
  else rmSync(work, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

/** The project: tarballs, bundlers, the README's code. */
function prepare() {
  const tarballs = join(work, 'tarballs');
  mkdirSync(tarballs);
  mkdirSync(join(app, 'src'), { recursive: true });
  const names = ['autodrag', 'avatars', 'browser', 'latent-optimization', 'latent-predictor', 'latent-regularizer'];
  names.push('matching', 'nn', 'stylegan2', 'wasm-gradients');
  const folders = names.map((name) => `./packages/${name}`).filter((folder) => existsSync(join(root, folder)));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', tarballs, ...folders], { cwd: root, stdio: 'pipe' });
  writeFileSync(join(app, 'package.json'), '{ "name": "web-app", "private": true, "type": "module" }\n');
  const version = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  const others = [`@tensorflow/tfjs-core@${version('@tensorflow/tfjs-core')}`, `vite@${version('vite')}`];
  others.push(`esbuild@${version('esbuild')}`, 'webpack@5', 'webpack-cli@6');
  const packed = readdirSync(tarballs).map((name) => join(tarballs, name));
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packed, ...others], {
    cwd: app,
    stdio: 'pipe',
  });
  const code = /```ts\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1];
  if (!code?.includes('await startBackend();')) throw new Error("the README's first block does not start a backend");
  // the page tells what started; otherwise the code is the README's
  const main = code.replace('await startBackend()', 'globalThis.started = await startBackend()');
  writeFileSync(join(app, 'src/index.js'), main);
  const page = (head) =>
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>app</title><link rel="icon" href="data:,"></head><body>${head}</body></html>\n`;
  writeFileSync(join(app, 'index.html'), page('<script type="module" src="/src/index.js"></script>'));
  writeFileSync(
    join(app, 'no-bundler.html'),
    page(
      `<script src="node_modules/@autodrag/browser/dist/import-map.js"></script><script type="module">${main}</script>`,
    ),
  );
  writeFileSync(join(app, 'bundled.html'), page('<script type="module" src="index.js"></script>'));
}

async function openPage(context, { url, close, threads = false }) {
  const tab = await context.newPage();
  const log = [];
  tab.on('console', (message) => log.push(`${message.type()}: ${message.text()}`));
  tab.on('pageerror', (error) => log.push(`uncaught: ${error.stack ?? error.message}`));
  try {
    await tab.goto(url);
    await tab.waitForSelector('canvas', { state: 'attached', timeout: 120_000 });
    const seen = await tab.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const { name, threads, device } = globalThis.started;
      return { width: canvas.width, colours: new Set(data).size, name, threads, device, isolated: crossOriginIsolated };
    });
    if (seen.width !== 128 || seen.colours < 100) throw new Error(`no face: ${JSON.stringify(seen)}`);
    if (seen.name !== 'wasm') throw new Error(`a software renderer was taken for a real one: ${JSON.stringify(seen)}`);
    if (threads && !(seen.isolated && seen.threads > 1)) throw new Error(`no threads: ${JSON.stringify(seen)}`);
    return `a face, ${seen.name}, ${seen.device}`;
  } catch (error) {
    throw new Error(`${error.message}\n  ${log.slice(-15).join('\n  ')}`);
  } finally {
    await tab.close();
    await close();
  }
}

async function serveFolder(directory, { headers = {}, threads = false, path = '/' } = {}) {
  const { url, close } = await serve({ directory, headers });
  return { url: url + path, close, threads };
}

function viteBuild(folder) {
  const out = join(folder, 'dist-vite');
  if (!existsSync(out)) {
    execFileSync(bin('vite'), ['build', '--outDir', 'dist-vite'], { cwd: folder, stdio: 'pipe' });
    expectNoSpareWeights(out);
  }
  return out;
}

function webpackBuild(folder) {
  const out = join(folder, 'dist-webpack');
  if (!existsSync(out)) {
    execFileSync(bin('webpack'), ['--mode', 'production', '-o', 'dist-webpack'], { cwd: folder, stdio: 'pipe' });
    expectNoSpareWeights(out);
    // webpack's own output is a classic script of this name
    const html = readFileSync(join(folder, 'bundled.html'), 'utf8').replace(
      'type="module" src="index.js"',
      'src="main.js" defer',
    );
    writeFileSync(join(out, 'index.html'), html);
  }
  return out;
}

/** Where a bundler moves the weights itself, their spare copies as modules stay out. */
function expectNoSpareWeights(out) {
  const large = readdirSync(out, { recursive: true, withFileTypes: true }).filter(
    (entry) =>
      entry.isFile() && entry.name.endsWith('.js') && readFileSync(join(entry.parentPath, entry.name)).length > 2e6,
  );
  if (large.length) throw new Error(`the bundle has the weights twice: ${large.map(({ name }) => name).join(', ')}`);
}

function esbuildBuild(folder, name, more) {
  const out = join(folder, `dist-${name}`);
  execFileSync(bin('esbuild'), ['src/index.js', '--bundle', '--format=esm', `--outdir=${out}`, ...more], {
    cwd: folder,
    stdio: 'pipe',
  });
  cpSync(join(folder, 'bundled.html'), join(out, 'index.html'));
  return out;
}

async function viteDev(folder) {
  const port = await freePort();
  const program = spawn(bin('vite'), ['--port', String(port), '--strictPort', '--host', '127.0.0.1'], { cwd: folder });
  await new Promise((ready, reject) => {
    program.stdout.on('data', (text) => String(text).includes('127.0.0.1') && ready());
    program.once('exit', (status) => reject(new Error(`vite ended with ${status}`)));
  });
  return { url: `http://127.0.0.1:${port}/`, close: async () => void program.kill() };
}

function freePort() {
  return new Promise((ready) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => ready(port));
    });
  });
}
