import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig([
  {
    entry: { index: 'src/index.ts', detector: 'src/detector.ts' },
    format: 'esm',
    dts: true,
    sourcemap: true,
    target: 'es2022',
    esbuildPlugins: [
      {
        name: 'embedded-modules-stay-apart',
        setup: (build) => build.onResolve({ filter: /\/embedded\/\w+\.js$/ }, ({ path }) => ({ path, external: true })),
      },
    ],
  },
  {
    entry: Object.fromEntries(
      ['generator', 'regularizer', 'predictor'].map((name) => [`embedded/${name}`, `src/embedded/${name}.ts`]),
    ),
    format: 'esm',
    target: 'es2022',
    esbuildPlugins: [
      {
        name: 'weights-as-modules',
        setup(build) {
          build.onResolve({ filter: /^base64:/ }, ({ path }) => ({ path, namespace: 'base64' }));
          build.onLoad({ filter: /./, namespace: 'base64' }, ({ path }) => {
            const bytes = readFileSync(`weights/${path.slice('base64:'.length)}`);
            return { contents: `export default ${JSON.stringify(bytes.toString('base64'))}` };
          });
        },
      },
    ],
  },
]);
