import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', 'import/index': 'src/import/index.ts', 'export/index': 'src/export/index.ts' },
  format: 'esm',
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
});
