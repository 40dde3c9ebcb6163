/**
 * Writes the import map of a page without a bundler: `<script
 * src="node_modules/@autodrag/browser/dist/import-map.js"></script>` before the first module. Its addresses are
 * relative to this script, where npm puts the packages, and where CDNs that serve packages as they were published have
 * them, too.
 */
/** Every entry of every package, by tsup.config.ts: its name, and its file below the folder of packages. */
declare const entriesOfPackages: Readonly<Record<string, string>>;

const script = document.currentScript as HTMLScriptElement;
const modules = new URL('../../../', script.src); // the folder that holds '@autodrag' and the others
const at = (path: string) => new URL(path, modules).href;
const nothing = 'data:text/javascript,export default {}';
const random = (path: string) => [`pure-rand/${path}`, at(`pure-rand/lib/esm/${path}.js`)] as const;

const imports: Record<string, string> = {
  ...Object.fromEntries(Object.entries(entriesOfPackages).map(([name, path]) => [name, at(path)])),
  '@noble/hashes/': at('@noble/hashes/'),
  fflate: at('fflate/esm/browser.js'),
  gifenc: at('gifenc/dist/gifenc.esm.js'),
  mediabunny: at('mediabunny/dist/bundles/mediabunny.min.mjs'),
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
