// What an application ships of ours: `npm run check:size` after a build. Minified, compressed by gzip, without
// TensorFlow.js and without the default weights.
const esm = (config) => ({ ...config, format: 'esm' });

export default [
  {
    name: "import { loadAutodrag } from '@autodrag/autodrag'",
    path: 'packages/autodrag/dist/index.js',
    import: '{ loadAutodrag }',
    ignore: ['@tensorflow/tfjs-core', '@autodrag/avatars'],
    limit: '52 kB',
    gzip: true,
    modifyEsbuildConfig: esm,
  },
  {
    name: "import { createLatentRegularizer } from '@autodrag/latent-regularizer'",
    path: 'packages/latent-regularizer/dist/index.js',
    import: '{ createLatentRegularizer }',
    ignore: ['@tensorflow/tfjs-core'],
    limit: '9 kB',
    gzip: true,
    modifyEsbuildConfig: esm,
  },
  {
    name: "import { loadStyleGan2, createGenerator } from '@autodrag/stylegan2'",
    path: 'packages/stylegan2/dist/index.js',
    import: '{ loadStyleGan2, createGenerator }',
    ignore: ['@tensorflow/tfjs-core'],
    limit: '18 kB',
    gzip: true,
    modifyEsbuildConfig: esm,
  },
];
