export { type AverageCodeOptions, averageCode } from './average-code.js';
export { blockResolutions } from './block-resolutions.js';
export { blockSize } from './block-size.js';
export { channelsAt } from './channels-at.js';
export type { StyleGan2Architecture, StyleGan2Config } from './config.js';
export { createStyleGan2Parameters } from './create-style-gan2-parameters.js';
export { StyleGan2ConfigError } from './errors.js';
export {
  createGenerator,
  type FeaturesOptions,
  type FeaturesResult,
  type Generator,
  type NoiseOptions,
} from './generator.js';
export { type LoadedStyleGan2, type LoadStyleGan2Options, loadStyleGan2 } from './load-style-gan2.js';
export { type MappingOptions, mapping } from './mapping.js';
export { type MappingWidths, mappingWidths } from './mapping-widths.js';
export { mixStyles } from './mix-styles.js';
export { numWs, numWsAt } from './num-ws.js';
export type {
  FullyConnectedParameters,
  MappingParameters,
  StyleGan2Buffers,
  StyleGan2Parameters,
  StyleGan2TrainableParameters,
  SynthesisBlockParameters,
  SynthesisLayerParameters,
  SynthesisParameters,
  ToRgbParameters,
} from './parameters.js';
export {
  type ConvolutionKind,
  disposePreparedSynthesis,
  type PreparedLayer,
  type PreparedSynthesis,
  type PrepareSynthesisOptions,
  prepareSynthesis,
} from './prepare-synthesis.js';
export { PRESETS, type StyleGan2PresetName } from './presets.js';
export { type SaveStyleGan2Options, saveStyleGan2 } from './save-style-gan2.js';
export { seedToZ } from './seed-to-z.js';
export { styleGan2Config } from './style-gan2-config.js';
export {
  type NoiseMode,
  type SynthesisOptions,
  type SynthesisResult,
  type SynthesisState,
  synthesis,
} from './synthesis.js';
