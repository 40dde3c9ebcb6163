// What it does is in README.md beside it.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium, serve, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';
import { packageClosure } from '../../scripts/package-closure.mjs';

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
  'editor-vite-build': async (app) => serveFolder(editorBuild(app, 'plain'), { editor: 'worker' }),
  'editor-react': async (app) => serveFolder(editorBuild(app, 'react'), { editor: 'worker' }),
  'editor-vue': async (app) => serveFolder(editorBuild(app, 'vue'), { editor: 'worker' }),
  // workers know no import map: the page computes itself, and says so
  'editor-import-map': async (app) => serveFolder(app, { path: '/editor-no-bundler.html', editor: 'page' }),
};

/** An editor in a page of its own, in the ways of today's libraries. */
const editors = {
  plain:
    "import { defineAutodragEditor } from '@autodrag/editor';\ndefineAutodragEditor();\ndocument.body.append(document.createElement('autodrag-editor'));",
  react:
    "import { createElement } from 'react';\nimport { createRoot } from 'react-dom/client';\nimport { Autodrag } from '@autodrag/editor/react';\ncreateRoot(document.querySelector('main')).render(createElement(Autodrag, { seed: 7, onChange: (state) => { globalThis.changed = state.document?.origin.seed; } }));",
  vue: "import { createApp, h } from 'vue';\nimport { defineAutodragEditor } from '@autodrag/editor';\ndefineAutodragEditor();\ncreateApp({ render: () => h('autodrag-editor', { seed: 7 }) }).mount('main');",
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
  const used = ['@autodrag/editor', '@autodrag/autodrag', '@autodrag/browser', '@autodrag/wasm-gradients'];
  const folders = packageClosure(root, used).map((folder) => `./packages/${folder}`);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', tarballs, ...folders], { cwd: root, stdio: 'pipe' });
  writeFileSync(join(app, 'package.json'), '{ "name": "web-app", "private": true, "type": "module" }\n');
  const version = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  const others = [`@tensorflow/tfjs-core@${version('@tensorflow/tfjs-core')}`, `vite@${version('vite')}`];
  others.push(`esbuild@${version('esbuild')}`, 'webpack@5', 'webpack-cli@6', 'react@19', 'react-dom@19', 'vue@3');
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
  for (const [name, text] of Object.entries(editors)) {
    mkdirSync(join(app, `editor-${name}`));
    writeFileSync(join(app, `editor-${name}`, 'main.js'), text);
    const html = page('<main></main><script type="module" src="./main.js"></script>');
    writeFileSync(join(app, `editor-${name}`, 'index.html'), html);
  }
  const importMap = '<script src="node_modules/@autodrag/browser/dist/import-map.js"></script>';
  const noBundler = page(`${importMap}<script type="module">${editors.plain}</script>`);
  writeFileSync(join(app, 'editor-no-bundler.html'), noBundler);
  writeFileSync(join(app, 'bundled.html'), page('<script type="module" src="index.js"></script>'));
}

async function openPage(context, { url, close, threads = false, editor }) {
  const tab = await context.newPage();
  const log = [];
  tab.on('console', (message) => log.push(`${message.type()}: ${message.text()}`));
  tab.on('pageerror', (error) => log.push(`uncaught: ${error.stack ?? error.message}`));
  try {
    // half of the cores compute: on a machine of two that would be one thread
    if (threads) await tab.addInitScript("Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 })");
    await tab.goto(url);
    if (editor) return await openEditor(tab, editor);
    await tab.waitForSelector('canvas', { state: 'attached', timeout: 120_000 });
    const seen = await tab.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const { name, threads, device } = globalThis.started;
      return {
        width: canvas.width,
        height: canvas.height,
        colours: new Set(data).size,
        name,
        threads,
        device,
        isolated: crossOriginIsolated,
      };
    });
    // a canvas that nobody has drawn on is 300 by 150
    if (seen.width !== seen.height || seen.colours < 100) throw new Error(`no face: ${JSON.stringify(seen)}`);
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

/** The editor draws a face and drags it, in a worker or in the page. */
async function openEditor(tab, where) {
  const state = (work) =>
    tab.waitForFunction(work, undefined, { timeout: 180_000 }).then((handle) => handle.jsonValue());
  await state(() => document.querySelector('autodrag-editor')?.state?.info?.maxPoints > 0);
  await tab.evaluate(() => {
    const { width, height, data } = document.querySelector('autodrag-editor').state.document.frame.picture;
    globalThis.before = data;
    for (const [type, x, y] of [
      ['down', 0.6, 0.62],
      ['move', 0.55, 0.64],
      ['up', 0.52, 0.66],
    ]) {
      const at = { x: x * width, y: y * height };
      document.querySelector('autodrag-editor').send({ type, at, pointer: 1, reach: 1 });
    }
  });
  await state(
    () =>
      document.querySelector('autodrag-editor').state.past.length > 0 &&
      document.querySelector('autodrag-editor').state.phase === 'ready',
  );
  const moved = await tab.evaluate(() => {
    const { data } = document.querySelector('autodrag-editor').state.document.frame.picture;
    return data.some((value, i) => value !== globalThis.before[i]);
  });
  const workers = tab.workers().length;
  if (!moved) throw new Error('the drag changed nothing');
  if (workers !== (where === 'worker' ? 1 : 0))
    throw new Error(`${workers} workers, expected the session in the ${where}`);
  return `an editor that drags, its session in the ${where}`;
}

async function serveFolder(directory, { headers = {}, threads = false, path = '/', editor } = {}) {
  const { url, close } = await serve({ directory, headers });
  return { url: url + path, close, threads, editor };
}

function viteBuild(folder) {
  const out = join(folder, 'dist-vite');
  if (!existsSync(out)) {
    execFileSync(bin('vite'), ['build', '--outDir', 'dist-vite'], { cwd: folder, stdio: 'pipe' });
    expectNoSpareWeights(out);
  }
  return out;
}

function editorBuild(folder, name) {
  const out = join(folder, `dist-editor-${name}`);
  execFileSync(bin('vite'), ['build', `editor-${name}`, '--outDir', out], { cwd: folder, stdio: 'pipe' });
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
