export { type CodeErrors, codeErrors } from './code-errors.js';
export type { Figure, FigureTile } from './figures/figure.js';
export { motionFigure } from './figures/motion-figure.js';
export { type QualitativeFigureOptions, qualitativeFigure } from './figures/qualitative-figure.js';
export { regularizerFigure } from './figures/regularizer-figure.js';
export { withAndWithoutFigure } from './figures/with-and-without-figure.js';
export { type GeneratorFidelity, generatorFidelity } from './generator-fidelity.js';
export { type FaceApi, type FaceWeights, loadFaceJudge } from './judges/face-judge.js';
export { featureJudge } from './judges/feature-judge.js';
export type { Judge } from './judges/judge.js';
export { landmarkJudge } from './judges/landmark-judge.js';
export {
  type LandmarkDrag,
  type LandmarkDragOptions,
  type LandmarkDragSummary,
  landmarkDrags,
  summarizeLandmarkDrags,
} from './landmark-drags.js';
export { domainGeometry, type GeometryModel } from './local/geometry-model.js';
export { leastChange, type Wish } from './local/least-change.js';
export {
  type LocalDrag,
  type LocalDragSummary,
  type LocalDragsOptions,
  localDrags,
  summarizeLocalDrags,
} from './local/local-drags.js';
export { type LocalTask, type LocalTaskOptions, localTask } from './local/local-task.js';
export { autoDrag } from './methods/auto-drag.js';
export type { DragMethod, MethodOptions, MethodRun, Moment } from './methods/drag-method.js';
export { dragMethods } from './methods/methods.js';
export { noEdit } from './methods/no-edit.js';
export { dragGanMethod, freeDragMethod } from './methods/optimization.js';
export { userControllableLtLabel, userControllableLtMethod } from './methods/user-controllable-lt.js';
export { type BootstrapOptions, bootstrapInterval, type Interval } from './metrics/bootstrap-interval.js';
export { leastCollateral, type MotionStatistics, motionStatistics } from './metrics/collateral-motion.js';
export { distanceDecay } from './metrics/distance-decay.js';
export { frechetDistance } from './metrics/frechet-distance.js';
export { type Lpips, type LpipsNetwork, loadLpips } from './metrics/lpips.js';
export { meanDistance, remainingShare } from './metrics/mean-distance.js';
export { type NpyArray, readNpz } from './metrics/read-npz.js';
export type { Recipe, Variant } from './recipes/recipe.js';
export { recipeMarkdown } from './recipes/recipe-markdown.js';
export { recipes } from './recipes/recipes.js';
export { type RecipeRow, summarizeRecipe, type VariantRecords } from './recipes/summarize-recipe.js';
export { type DragRecord, recordKey } from './run/drag-record.js';
export { packEditedLayers, unpackEditedLayers } from './run/edited-layers.js';
export { qualityMarkdown, speedMarkdown } from './run/markdown.js';
export { type MeasureOptions, measureDrag } from './run/measure-drag.js';
export { type RunEvaluationOptions, runEvaluation, type Shard } from './run/run-evaluation.js';
export { type QualityRow, type SpeedRow, summarizeQuality, summarizeSpeed } from './run/summarize.js';
export { type PictureSharpness, pictureSharpness } from './sharpness/picture-sharpness.js';
export type { DragTask, PointCount } from './tasks/drag-task.js';
export { landmarkMotions } from './tasks/landmark-motions.js';
export { type LandmarkTaskOptions, landmarkTasks } from './tasks/landmark-tasks.js';
export { type UserControllableLtConfig, userControllableLtConfig } from './user-controllable-lt/config.js';
export type { UserControllableLtParameters } from './user-controllable-lt/parameters.js';
export {
  type TrainedUserControllableLt,
  type TrainUserControllableLtOptions,
  trainUserControllableLt,
  userControllableLtSettings,
  userControllableLtSizes,
} from './user-controllable-lt/train-user-controllable-lt.js';
export { type UserControllableLtInput, userControllableLt } from './user-controllable-lt/user-controllable-lt.js';
export {
  type LoadedUserControllableLt,
  loadUserControllableLt,
  saveUserControllableLt,
} from './user-controllable-lt/weights.js';
