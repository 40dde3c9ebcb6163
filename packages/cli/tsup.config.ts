import { defineConfig } from 'tsup';

export default defineConfig([
  {
    entry: { index: 'src/index.ts', bin: 'src/bin.ts' },
    format: 'esm',
    // optional, so no dependency: whoever wants it installs it beside
    external: ['@autodrag/cars'],
    dts: { entry: { index: 'src/index.ts' } },
    sourcemap: true,
    clean: true,
    target: 'es2022',
  },
  {
    // the page of `autodrag bench --browser`, with TensorFlow.js in it: whoever runs it has no bundler
    entry: { page: 'src/bench/page.ts' },
    outDir: 'dist/bench-page',
    publicDir: 'src/bench/public',
    format: 'esm',
    platform: 'browser',
    noExternal: [/.*/],
    splitting: true,
    minify: true,
    target: 'es2022',
  },
]);
