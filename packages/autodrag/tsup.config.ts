import { defineConfig } from 'tsup';

const api = { index: 'src/index.ts', 'training/index': 'src/training/index.ts', 'node/index': 'src/node/index.ts' };

export default defineConfig({
  entry: { ...api, 'cli/bin': 'src/cli/bin.ts' },
  format: 'esm',
  dts: { entry: api },
  sourcemap: true,
  clean: true,
  target: 'es2022',
});
