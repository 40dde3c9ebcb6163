/**
 * Addresses of the trained models that come with this package: safetensors files, float16. In Node they are `file:` addresses; in a browser
 * whatever the bundler makes of `new URL(…, import.meta.url)`.
 */
export const defaultWeights = {
  /** StyleGAN2, 128x128; `loadStyleGan2` of `@autodrag/stylegan2` reads it. */
  generator: new URL('../weights/generator.safetensors', import.meta.url),
  /** `loadLatentRegularizer` of `@autodrag/latent-regularizer` */
  regularizer: new URL('../weights/regularizer.safetensors', import.meta.url),
  /** `loadLatentPredictor` of `@autodrag/latent-predictor` */
  predictor: new URL('../weights/predictor.safetensors', import.meta.url),
} as const;
