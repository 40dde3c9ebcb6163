// What an application ships of ours: `npm run check:size` after a build. Minified, compressed by brotli, without TensorFlow.js.
const esm = (config) => ({ ...config, format: 'esm' });

export default [
  {
    name: "import { loadAutodrag } from '@autodrag/autodrag'",
    path: 'packages/autodrag/dist/index.js',
    import: '{ loadAutodrag }',
    ignore: ['@tensorflow/tfjs-core'],
    limit: '36 kB',
    modifyEsbuildConfig: esm,
  },
  {
    name: "import { createLatentRegularizer } from '@autodrag/latent-regularizer'",
    path: 'packages/latent-regularizer/dist/index.js',
    import: '{ createLatentRegularizer }',
    ignore: ['@tensorflow/tfjs-core'],
    limit: '8 kB',
    modifyEsbuildConfig: esm,
  },
  {
    name: "import { loadStyleGan2, createGenerator } from '@autodrag/stylegan2'",
    path: 'packages/stylegan2/dist/index.js',
    import: '{ loadStyleGan2, createGenerator }',
    ignore: ['@tensorflow/tfjs-core'],
    limit: '16 kB',
    modifyEsbuildConfig: esm,
  },
  {
    name: 'the scripts of the demo, backends and all',
    path: 'apps/demo/dist/assets/*.js',
    esbuild: false,
    limit: '500 kB',
  },
];
