import { defineConfig } from 'tsup';

const api = { index: 'src/index.ts', 'training/index': 'src/training/index.ts', 'node/index': 'src/node/index.ts' };

export default defineConfig([
  {
    entry: { ...api, 'cli/bin': 'src/cli/bin.ts' },
    format: 'esm',
    dts: { entry: api },
    sourcemap: true,
    clean: true,
    target: 'es2022',
  },
  {
    // the page of `autodrag bench --browser`, with TensorFlow.js in it: whoever runs it has no bundler
    entry: { page: 'src/bench/page.ts' },
    outDir: 'dist/bench-page',
    format: 'esm',
    platform: 'browser',
    noExternal: [/.*/],
    splitting: true,
    minify: true,
    target: 'es2022',
  },
]);
