// What a page that drags costs: packs the facade and what it depends on, installs that and a backend into a fresh
// project, and builds a fresh Vite app of it. Prints megabytes on disk, native files, and the app's files with their
// gzip sizes:
//   npm run bench -- install-size [--root CHECKOUT]     (a built checkout; this one unless given)
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { packageClosure } from '../scripts/package-closure.mjs';

const given = process.argv.indexOf('--root');
const root = given > 0 ? resolve(process.argv[given + 1]) : fileURLToPath(new URL('..', import.meta.url));
const facade = '@autodrag/autodrag';
const backend = '@tensorflow/tfjs-backend-wasm';

const run = (command, words, cwd) =>
  execFileSync(command, words, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
const megabytes = (bytes) => Math.round(bytes / 1e5) / 10;

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

const work = mkdtempSync(join(tmpdir(), 'autodrag-install-'));
try {
  const tarballs = join(work, 'tarballs');
  mkdirSync(tarballs);
  run(
    'npm',
    [
      'pack',
      '--silent',
      '--pack-destination',
      tarballs,
      ...packageClosure(root, [facade]).map((each) => `./packages/${each}`),
    ],
    root,
  );

  const app = join(work, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const at = (name) => `${name}@${devDependencies[name]}`;
  const files = readdirSync(tarballs).map((each) => join(tarballs, each));
  const quiet = ['--no-audit', '--no-fund', '--silent'];
  run('npm', ['install', ...quiet, ...files, at(backend), at('@tensorflow/tfjs-core')], app);

  const installed = [...filesBelow(join(app, 'node_modules'))];
  const sizes = new Map();
  for (const file of installed) {
    const [first, second] = file.slice(join(app, 'node_modules').length + 1).split('/');
    const name = first.startsWith('@') ? `${first}/${second}` : first;
    sizes.set(name, (sizes.get(name) ?? 0) + statSync(file).size);
  }
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, 8);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);

  run('npm', ['install', ...quiet, '--save-dev', at('vite')], app);
  writeFileSync(join(app, 'index.html'), '<canvas></canvas><script type="module" src="/main.js"></script>\n');
  writeFileSync(
    join(app, 'main.js'),
    `import '${backend}';
import { loadAutodrag } from '${facade}';

const autodrag = await loadAutodrag();
const session = await autodrag.sample(7);
const at = (x, y) => ({ x: x * autodrag.width, y: y * autodrag.height });
await session.drag([{ handle: at(0.6, 0.62), target: at(0.52, 0.66) }]);
session.draw(document.querySelector('canvas'));
`,
  );
  run('npx', ['vite', 'build', '--logLevel', 'error', '--target', 'es2022'], app);
  const built = [...filesBelow(join(app, 'dist'))].map((file) => ({
    file: file.slice(join(app, 'dist').length + 1),
    kind: extname(file),
    bytes: statSync(file).size,
    gzip: gzipSync(readFileSync(file)).length,
  }));
  const kinds = {};
  for (const { kind, bytes, gzip } of built) {
    kinds[kind] ??= { files: 0, kilobytes: 0, gzipKilobytes: 0 };
    kinds[kind].files += 1;
    kinds[kind].kilobytes += bytes / 1000;
    kinds[kind].gzipKilobytes += gzip / 1000;
  }
  for (const each of Object.values(kinds)) {
    each.kilobytes = Math.round(each.kilobytes);
    each.gzipKilobytes = Math.round(each.gzipKilobytes);
  }
  const result = {
    installedMegabytes: megabytes(total),
    packages: sizes.size,
    largest: Object.fromEntries(largest.map(([name, size]) => [name, megabytes(size)])),
    nativeFiles: installed
      .filter((file) => /\.(node|so(\.\d+)*|dylib|dll)$/.test(file))
      .map((file) => file.slice(app.length + 1)),
    viteBuild: kinds,
  };
  console.log(JSON.stringify(result, null, 2));
} finally {
  rmSync(work, { recursive: true, force: true });
}
