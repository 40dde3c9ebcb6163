/**
 * Addresses of the trained models that come with this package: safetensors files, float16. In Node they are `file:`
 * addresses, for `readFile`; in a browser whatever the bundler makes of `new URL(…, import.meta.url)`. Where they
 * cannot be fetched, `embeddedWeights` has the same bytes.
 */
export const defaultWeights = {
  /** StyleGAN2; `loadStyleGan2` of `@autodrag/stylegan2` reads it. */
  generator: located(() => new URL('../weights/generator.safetensors', import.meta.url)),
  /** `loadLatentRegularizer` of `@autodrag/latent-regularizer` */
  regularizer: located(() => new URL('../weights/regularizer.safetensors', import.meta.url)),
  /** `loadLatentPredictor` of `@autodrag/latent-predictor` */
  predictor: located(() => new URL('../weights/predictor.safetensors', import.meta.url)),
} as const;

/** In a script that is no module `import.meta.url` is empty: then there is an address that nobody has. */
function located(address: () => URL): URL {
  try {
    return address();
  } catch {
    return new URL('https://weights.autodrag.invalid/');
  }
}
