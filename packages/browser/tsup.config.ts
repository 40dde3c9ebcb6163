import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'tsup';

const { resolve } = createRequire(import.meta.url);
const tfjs = dirname(resolve('@tensorflow/tfjs-backend-wasm/package.json'));

/**
 * What tfjs-backend-wasm brings beside its code, as modules, so that no bundler has to know that there are files to
 * copy: `embedded:x.wasm` is a binary, gzipped and in base64, `embedded:x.js` a script as it is, `glue:x.js`
 * emscripten's glue code as a module without its branches for Node (no `require` for a bundler to stumble over).
 */
const embed = {
  name: 'embed-tfjs-wasm',
  setup(build: import('esbuild').PluginBuild) {
    build.onResolve({ filter: /^(embedded|glue):/ }, ({ path }) => ({ path, namespace: 'tfjs-wasm' }));
    build.onLoad({ filter: /./, namespace: 'tfjs-wasm' }, ({ path }) => {
      const [kind, name] = path.split(':') as [string, string];
      const bytes = readFileSync(join(tfjs, 'wasm-out', name));
      if (name.endsWith('.wasm')) {
        return { contents: `export default ${JSON.stringify(gzipSync(bytes, { level: 9 }).toString('base64'))}` };
      }
      const text = bytes.toString();
      if (kind === 'embedded') return { contents: `export default ${JSON.stringify(text)}` };
      const global = /^var (\w+) =/m.exec(text)?.[1];
      if (!global) throw new Error(`${name}: expected emscripten's glue code`);
      const browserOnly = text
        .slice(0, text.indexOf("if (typeof exports === 'object'"))
        .replaceAll(/\brequire\(/g, 'undefined(')
        .replaceAll(/var ENVIRONMENT_IS_NODE=[^;]*;/g, 'var ENVIRONMENT_IS_NODE=false;')
        .replaceAll('__filename', 'undefined')
        .replaceAll('__dirname', 'undefined');
      return { contents: `${browserOnly}\nexport default ${global};` };
    });
  },
};

/**
 * Every entry of every package that runs in browsers, as an import map needs it: read from their manifests, so that
 * none is forgotten.
 */
function entriesOfPackages(): Record<string, string> {
  const manifests = readdirSync('..')
    .map((folder) => `../${folder}/package.json`)
    .filter((path) => existsSync(path))
    .map(
      (path) =>
        JSON.parse(readFileSync(path, 'utf8')) as {
          name: string;
          exports?: Record<string, string | { default: string }>;
        },
    )
    .filter(({ name }) => name.startsWith('@autodrag/'));
  return Object.fromEntries(
    manifests.flatMap(({ name, exports = {} }) =>
      Object.entries(exports).map(([entry, target]) => {
        const file = typeof target === 'string' ? target : target.default;
        return [name + entry.slice(1), `${name}${file.slice(1)}`];
      }),
    ),
  );
}

const embedded = [
  'binary-plain',
  'binary-simd',
  'binary-threads',
  'glue',
  'glue-threads',
  'script-threads',
  'script-worker',
];

export default defineConfig([
  {
    entry: { index: 'src/index.ts' },
    format: 'esm',
    dts: true,
    sourcemap: true,
    target: 'es2022',
    esbuildPlugins: [
      {
        name: 'embedded-modules-stay-apart',
        setup: (build) =>
          build.onResolve({ filter: /\/embedded\/[a-z-]+\.js$/ }, ({ path }) => ({
            path: path.replace(/^.*\/embedded/, './embedded'),
            external: true,
          })),
      },
    ],
  },
  {
    entry: Object.fromEntries(embedded.map((name) => [`embedded/${name}`, `src/embedded/${name}.ts`])),
    format: 'esm',
    target: 'es2022',
    esbuildPlugins: [embed],
  },
  // a classic script: it runs before the first module, as an import map has to
  {
    entry: { 'import-map': 'src/import-map.ts' },
    format: 'iife',
    define: { entriesOfPackages: JSON.stringify(entriesOfPackages()) },
    target: 'es2022',
    outExtension: () => ({ js: '.js' }),
  },
]);
