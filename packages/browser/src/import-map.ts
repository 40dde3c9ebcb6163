/**
 * Writes the import map of a page without a bundler: `<script
 * src="node_modules/@autodrag/browser/dist/import-map.js"></script>` before the first module. Its addresses are
 * relative to this script, where npm puts the packages, and where CDNs that serve packages as they were published have
 * them, too.
 */
const script = document.currentScript as HTMLScriptElement;
const modules = new URL('../../../', script.src); // the folder that holds '@autodrag' and the others
const at = (path: string) => new URL(path, modules).href;
const nothing = 'data:text/javascript,export default {}';
const autodrag = (name: string, entry = 'index') => at(`@autodrag/${name}/dist/${entry}.js`);
const random = (path: string) => [`pure-rand/${path}`, at(`pure-rand/lib/esm/${path}.js`)] as const;

const imports: Record<string, string> = {
  ...Object.fromEntries(
    [
      'autodrag',
      'avatars',
      'browser',
      'editor',
      'latent-optimization',
      'latent-predictor',
      'latent-regularizer',
      'matching',
      'nn',
      'stylegan2',
      'wasm-gradients',
    ].map((name) => [`@autodrag/${name}`, autodrag(name)]),
  ),
  '@autodrag/autodrag/training': autodrag('autodrag', 'training/index'),
  '@autodrag/stylegan2/import': autodrag('stylegan2', 'import/index'),
  '@tensorflow/tfjs-core': at('@tensorflow/tfjs-core/dist/tf-core.fesm.min.js'),
  ...Object.fromEntries(
    ['wasm', 'webgl', 'webgpu'].map((name) => [
      `@tensorflow/tfjs-backend-${name}`,
      at(`@tensorflow/tfjs-backend-${name}/dist/tf-backend-${name}.fesm.min.js`),
    ]),
  ),
  ...Object.fromEntries(
    ['distribution/uniformFloat64', 'distribution/uniformInt', 'generator/xoroshiro128plus'].map(random),
  ),
  // tfjs-backend-wasm imports these and uses them in Node only
  ...Object.fromEntries(
    ['fs', 'os', 'path', 'perf_hooks', 'worker_threads', 'util', 'crypto'].map((name) => [name, nothing]),
  ),
};

const map = document.createElement('script');
map.type = 'importmap';
map.nonce = script.nonce;
map.textContent = JSON.stringify({ imports });
script.after(map);
