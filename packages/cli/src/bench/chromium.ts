import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, extname, join } from 'node:path';
import { median } from '@autodrag/nn';
import { BackendError } from '../node/errors.js';
import type { GeneratorMeasurement } from './measure-generator.js';
import type { Job } from './page.js';

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
 * Runs the measurement of a generator in a headless Chromium with an empty profile that is removed afterwards. It takes a
 * GPU where Chromium finds one, and software otherwise.
 *
 * @throws BackendError that says what to install; the signal's reason
 */
export async function measureInChromium(
  job: Job,
  { signal, onProgress }: MeasureInChromiumOptions = {},
): Promise<BrowserMeasurement> {
  const program = findChromium();
  if (!program) {
    throw new BackendError(
      process.env.CHROMIUM_PATH
        ? `--browser: CHROMIUM_PATH=${process.env.CHROMIUM_PATH} cannot be started.`
        : '--browser: no Chromium or Chrome was found. Install one (Debian: apt-get install chromium) or set CHROMIUM_PATH.',
    );
  }
  const page = pageFolder();
  let reason = '';
  for (const software of [false, true]) {
    const run = await openPage({ program, page, job, software, signal, onProgress });
    const { outcome, residentBytes, processorTime } = run;
    if (!('error' in outcome)) {
      return { device: outcome.device, measurement: { ...outcome.measurement, processorTime }, residentBytes };
    }
    reason = outcome.error;
    if (outcome.started) break;
  }
  throw new BackendError(`--browser: ${job.backend} in Chromium: ${reason}`);
}

/** `CHROMIUM_PATH`, or a browser at one of the usual places. */
function findChromium(): string | undefined {
  const { CHROMIUM_PATH: given, PATH = '', ProgramFiles = '', LOCALAPPDATA = '' } = process.env;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = ['/usr/bin', ...PATH.split(delimiter)].filter(Boolean);
  const chrome = join('Google', 'Chrome', 'Application', 'chrome.exe');
  const candidates = given
    ? [given]
    : [
        ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        ...[ProgramFiles, LOCALAPPDATA].filter(Boolean).map((folder) => join(folder, chrome)),
      ];
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The bundled page, `dist/bench-page`, seen from wherever in this package this file runs. */
function pageFolder(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    for (const place of ['bench-page/', 'dist/bench-page/']) {
      const url = new URL(place, folder);
      if (existsSync(new URL('page.js', url))) return decodeURIComponent(url.pathname.replace(/^\/(?=[A-Z]:)/i, ''));
    }
    if (folder.pathname === '/' || new URL('..', folder).href === folder.href) {
      throw new BackendError("--browser: dist/bench-page is not there. Build the package: 'npm run build'.");
    }
  }
}

const quiet = [
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-breakpad',
  '--disable-dev-shm-usage',
  '--disable-gpu-watchdog', // a large shader in software takes longer than it allows
  '--ignore-gpu-blocklist',
];

function backendArguments(backend: BrowserBackend, software: boolean): string[] {
  const swiftshader = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
  if (backend === 'webgpu') {
    const gpu = ['--enable-unsafe-webgpu', '--enable-features=Vulkan,WebGPU'];
    return software ? [...gpu, '--use-webgpu-adapter=swiftshader', '--use-vulkan=swiftshader', ...swiftshader] : gpu;
  }
  return software ? ['--use-gl=angle', ...swiftshader] : ['--enable-unsafe-swiftshader'];
}

const vulkanDriver = 'vk_swiftshader_icd.json';

type Opening = MeasureInChromiumOptions & { program: string; page: string; job: Job; software: boolean };

/** Serves the page, opens it, and waits for what it posts. */
async function openPage({ program, page, job, software, signal, onProgress }: Opening) {
  signal?.throwIfAborted();
  const profile = mkdtempSync(join(tmpdir(), 'autodrag-bench-'));
  const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  let child: ChildProcess | null = null;
  let settle: (outcome: BrowserOutcome) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const outcome = new Promise<BrowserOutcome>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  outcome.catch(() => {}); // it is awaited later
  const died = (why: string) => settle({ error: why, started: true });

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/alive') {
      response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
      // the outcome, if there is one, is on its way
      response.on(
        'close',
        () => void setTimeout(died, 2000, 'the page crashed, most likely for want of memory').unref(),
      );
      return;
    }
    if (request.method === 'POST') {
      void readBody(request).then((body) => {
        response.writeHead(204).end();
        if (pathname === '/outcome') settle(body as BrowserOutcome);
        const { done, total, text } = body as { done: number; total: number; text: string };
        if (pathname !== '/progress') return;
        marks[done] = processorTimeOf(tree());
        onProgress?.(done, total, text);
      }, fail);
      return;
    }
    if (pathname === '/job.json') return send(response, '.json', JSON.stringify(job));
    if (pathname === '/') return send(response, '.html', html);
    try {
      const folder = pathname.startsWith('/tfjs-wasm/') ? wasm : page;
      send(response, extname(pathname), readFileSync(join(folder, basename(pathname))));
    } catch {
      response.writeHead(404).end();
    }
  });
  const tree = () => (child?.pid ? treeOf(child.pid) : []);
  const marks: number[] = [];
  const stopped = () => fail(signal?.reason);
  signal?.addEventListener('abort', stopped);
  const kill = () => {
    if (child) end(child);
  };
  process.on('exit', kill);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const driver = join('/usr/lib/chromium', vulkanDriver);
    child = spawn(
      program,
      [
        '--headless=new',
        `--user-data-dir=${profile}`,
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        ...quiet,
        ...backendArguments(job.backend, software),
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ],
      {
        stdio: 'ignore',
        detached: process.platform !== 'win32', // Ctrl-C is for this program, which then ends the browser
        env: {
          ...process.env,
          // what it leaves there goes with the profile; elsewhere the longer path may be too long for its sockets
          ...(process.platform === 'linux' ? { TMPDIR: profile } : {}),
          ...(software && job.backend === 'webgpu' && existsSync(driver) ? { VK_ICD_FILENAMES: driver } : {}),
        },
      },
    );
    child.once('error', (error) => died(`'${program}' does not start: ${error.message}`));
    child.once('exit', (code) => died(`'${program}' ended with status ${code} before the measurement did`));
    let residentBytes: number | null = null;
    let most = 0;
    const watch = setInterval(() => {
      const processes = tree();
      const pages = pagesOf(processes);
      if (pages <= 1.01 * most) return; // memoryOf takes long for large processes
      most = pages;
      residentBytes = Math.max(residentBytes ?? 0, memoryOf(processes));
    }, 500);
    try {
      const result = await outcome;
      return { outcome: result, residentBytes: residentBytes as number | null, processorTime: passesOf(marks) };
    } finally {
      clearInterval(watch);
    }
  } finally {
    signal?.removeEventListener('abort', stopped);
    process.removeListener('exit', kill);
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child?.once('exit', resolve));
      child.kill(); // it then removes its temporary files
      await Promise.race([gone, later(5000)]);
    }
    kill();
    server.closeAllConnections();
    server.close();
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    } catch {
      // a process of the browser still writes: the system clears its folder for temporary files
    }
  }
}

const html = `<!doctype html><meta charset="utf-8"><title>autodrag bench</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>`;

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** The headers give the page SharedArrayBuffer, and so threads on wasm. */
function send(response: ServerResponse, type: string, body: string | Uint8Array): void {
  response.writeHead(200, {
    'content-type': types[type] ?? 'application/octet-stream',
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  response.end(body);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

function end(child: ChildProcess): void {
  try {
    if (child.pid && process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // it has ended
  }
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

/**
 * Processor time of a pass: what the browser used between the page's messages that a pass begins, of which the first two are those
 * of the weights and of the pass that is not counted.
 */
function passesOf(marks: readonly number[]): number | null {
  const passes = marks.slice(3).map((mark, i) => mark - (marks[i + 2] as number));
  return passes.length > 0 && (marks.at(-1) as number) > 0 ? median(passes) : null;
}

/** A process and all below it; none where /proc does not tell. */
function treeOf(root: number): number[] {
  if (process.platform !== 'linux') return [];
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(name)[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i] as number) ?? []));
  return tree;
}

/** Resident pages, shared ones counted for each process. */
function pagesOf(tree: readonly number[]): number {
  return tree.reduce((sum, pid) => sum + Number(readProc(`/proc/${pid}/statm`).split(' ')[1] ?? 0), 0);
}

/** Bytes of memory, each shared page divided by those who share it. */
function memoryOf(tree: readonly number[]): number {
  const kilobytes = (pid: number) => Number(/^Pss:\s*(\d+)/m.exec(readProc(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  return tree.reduce((sum, pid) => sum + 1024 * kilobytes(pid), 0);
}

/** Milliseconds of processor time; the kernel counts hundredths of a second. */
function processorTimeOf(tree: readonly number[]): number {
  return tree.reduce((sum, pid) => {
    const fields = statOf(String(pid));
    return sum + 10 * (Number(fields[11] ?? 0) + Number(fields[12] ?? 0));
  }, 0);
}

/** What /proc says of a process, from its state on: the name before it may hold spaces. */
function statOf(pid: string): string[] {
  return readProc(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended, or is another user's
  }
}
