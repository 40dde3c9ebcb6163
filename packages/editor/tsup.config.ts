import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', session: 'src/session/index.ts', react: 'src/react.ts', worker: 'src/worker.ts' },
  format: 'esm',
  dts: { entry: { index: 'src/index.ts', session: 'src/session/index.ts', react: 'src/react.ts' } },
  sourcemap: true,
  target: 'es2022',
});
