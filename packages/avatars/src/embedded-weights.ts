import { bytesFromBase64 } from '@autodrag/nn';

/** Defined where webpack bundles. */
declare const __webpack_require__: unknown;

/**
 * The default weights as modules, for where `new URL(…, import.meta.url)` leads to no file that `fetch` reads: Node's
 * reads none at all, esbuild copies none, nor does Vite's development server in what it optimises. A third larger,
 * without progress: where files can be fetched, that is better.
 *
 * webpack, and Vite's builds, do copy the files; they see by the two conditions that these modules are not needed.
 *
 * @returns the bytes of the safetensors file, or null where the bundler has moved the files
 */
export async function embeddedWeights(name: 'generator' | 'regularizer' | 'predictor'): Promise<Uint8Array | null> {
  if (typeof __webpack_require__ === 'undefined') {
    if (!(import.meta as { env?: { PROD?: boolean } }).env?.PROD) {
      const { default: base64 } = await (name === 'generator'
        ? import('./embedded/generator.js')
        : name === 'regularizer'
          ? import('./embedded/regularizer.js')
          : import('./embedded/predictor.js'));
      return bytesFromBase64(base64);
    }
  }
  return null;
}
