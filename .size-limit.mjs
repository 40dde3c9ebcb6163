// What an application ships of ours, and what the demo's page loads before it can show anything: `npm run check:size`,
// which builds both. Minified, compressed by gzip, without TensorFlow.js and without the default weights.
import { readFileSync } from 'node:fs';

/** The page as Vite built it, and the scripts and styles that it names: all that loads before the session's worker. */
function shellOf(folder) {
  const page = readFileSync(`${folder}/index.html`, 'utf8');
  const named = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, file]) => file);
  if (!named.some((file) => file.endsWith('.js'))) throw new Error(`${folder}/index.html names no script`);
  return ['index.html', ...named].map((file) => `${folder}/${file}`);
}

const esm = (config) => ({ ...config, format: 'esm' });

/** Vite has bundled them. */
const asBuilt = (config) => ({
  ...config,
  bundle: false,
  loader: { '.html': 'copy', '.js': 'copy', '.css': 'copy' },
});

export default [
  {
    name: "import { loadAutodrag } from '@autodrag/autodrag'",
    path: 'packages/autodrag/dist/index.js',
    import: '{ loadAutodrag }',
    ignore: ['@tensorflow/tfjs-core', '@autodrag/avatars'],
    limit: '64 kB',
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
  {
    name: "the demo's shell: page, script and style, before backend and models",
    path: shellOf('apps/demo/dist'),
    limit: '40 kB',
    gzip: true,
    modifyEsbuildConfig: asBuilt,
  },
];
