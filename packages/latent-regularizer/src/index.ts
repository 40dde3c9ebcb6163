export { type CodeStatistics, type CodeStatisticsOptions, codeStatistics } from './code-statistics.js';
export { type LatentRegularizerConfig, type LatentRegularizerPreset, latentRegularizerConfig } from './config.js';
export { createLatentRegularizer, type LatentRegularizer } from './create-latent-regularizer.js';
export { latentRegularizer } from './latent-regularizer.js';
export { createLatentRegularizerParameters, type LatentRegularizerParameters } from './parameters.js';
export { type PerturbCodesOptions, perturbCodes } from './perturb-codes.js';
export { type RegularizerFigures, type RegularizerFiguresInput, regularizerFigures } from './regularizer-figures.js';
export { type RegularizerLossOptions, regularizerLoss } from './regularizer-loss.js';
export { createRestoreOnHost, type RestoreOnHost } from './restore-on-host.js';
export { type StageOneCodesOptions, stageOneCodes } from './stage-one-codes.js';
export {
  type LoadedLatentRegularizer,
  loadLatentRegularizer,
  type SaveLatentRegularizerOptions,
  saveLatentRegularizer,
} from './weights.js';
