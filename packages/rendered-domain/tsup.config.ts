import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', detector: 'src/detector.ts' },
  format: 'esm',
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
});
