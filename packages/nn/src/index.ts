export { bytesFromBase64 } from './arrays/bytes-from-base64.js';
export { concatArrays } from './arrays/concat-arrays.js';
export { firstNotFinite } from './arrays/first-not-finite.js';
export { createTurns, type Turns, type TurnsOptions } from './async/turns.js';
export { additiveMask } from './attention/additive-mask.js';
export {
  type AttentionOptions,
  type AttentionParameters,
  attention,
  type CreateAttentionOptions,
  type CrossAttentionOptions,
  createAttention,
  createSelfAttention,
  type KeysValues,
  projectMemory,
  type SelfAttentionOptions,
  type SelfAttentionParameters,
  type SelfAttentionStep,
  selfAttention,
  selfAttentionStep,
} from './attention/attention.js';
export { type BlockCausalMaskOptions, blockCausalMask } from './attention/block-causal-mask.js';
export {
  type CreateDecoderBlockOptions,
  type CreateDecoderOptions,
  createDecoder,
  createDecoderBlock,
  createDecoderCache,
  type DecoderBlockCache,
  type DecoderBlockOptions,
  type DecoderBlockParameters,
  type DecoderCache,
  type DecoderMasks,
  type DecoderOptions,
  type DecoderParameters,
  decoder,
  decoderBlock,
} from './attention/decoder.js';
export {
  type CreateEncoderBlockOptions,
  type CreateEncoderOptions,
  createEncoder,
  createEncoderBlock,
  type EncoderBlockParameters,
  type EncoderParameters,
  encoder,
  encoderBlock,
} from './attention/encoder.js';
export {
  AutodragError,
  GradientsNotRegisteredError,
  InvalidArgumentError,
  isAutodragError,
  ShapeError,
  WeightFileError,
} from './errors/errors.js';
export { type PrintableOptions, printable, quote } from './errors/printable.js';
export { assertGradientsRegistered } from './gradients/assert-gradients-registered.js';
export { type CustomGradient, customGradient } from './gradients/custom-gradient.js';
export { detach } from './gradients/detach.js';
export { type ValueAndGrads, valueAndGrads } from './gradients/value-and-grads.js';
export { hashParameters } from './hashing/hash-parameters.js';
export { sha256 } from './hashing/sha256.js';
export { gelu } from './layers/gelu.js';
export { createLayerNorm, type LayerNormOptions, type LayerNormParameters, layerNorm } from './layers/layer-norm.js';
export { type CreateLinearOptions, createLinear, type LinearParameters, linear } from './layers/linear.js';
export {
  type Activation,
  type CreateMlpOptions,
  createMlp,
  type MlpOptions,
  type MlpParameters,
  mlp,
} from './layers/mlp.js';
export { type AdamOptions, type AdamState, createAdam } from './optimizer/adam.js';
export { createMuon, type MuonOptions, type MuonState } from './optimizer/muon.js';
export type { Optimizer, Update, UpdateOptions } from './optimizer/optimizer.js';
export { orthogonalize } from './optimizer/orthogonalize.js';
export {
  type CosineScheduleOptions,
  constantSchedule,
  cosineSchedule,
  type ExponentialScheduleOptions,
  exponentialSchedule,
  type Schedule,
  warmup,
} from './optimizer/schedules.js';
export { createRandom, type Random } from './random/random.js';
export { type MatchedShape, matchShape, type ShapePattern } from './shapes/match-shape.js';
export {
  type ChannelStatistics,
  type ChannelStatisticsOptions,
  channelStatistics,
} from './statistics/channel-statistics.js';
export { median } from './statistics/median.js';
export { countParameters } from './tree/count-parameters.js';
export { disposeParameters } from './tree/dispose-parameters.js';
export { flattenParameters } from './tree/flatten-parameters.js';
export { mapParameters } from './tree/map-parameters.js';
export type { ParameterTree } from './tree/parameter-tree.js';
export { unflattenParameters } from './tree/unflatten-parameters.js';
export { decodeFloat16, encodeFloat16 } from './weights/float16.js';
export {
  type LoadedModelFile,
  loadModelFile,
  type ModelFileFormat,
  type ModelFileRules,
} from './weights/load-model-file.js';
export {
  type LoadedSafetensors,
  type LoadedTensor,
  type LoadSafetensorsOptions,
  loadSafetensors,
} from './weights/load-safetensors.js';
export {
  type ReadSafetensorsHeaderOptions,
  readSafetensorsHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './weights/read-safetensors-header.js';
export { type HostTensor, type SaveSafetensorsOptions, saveSafetensors } from './weights/save-safetensors.js';
export type { StoredDtype } from './weights/stored-dtypes.js';
export { toTensors } from './weights/to-tensors.js';
