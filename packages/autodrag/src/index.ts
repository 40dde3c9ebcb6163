export { isAutodragError } from '@autodrag/nn';
export { type Autodrag, type CreateAutodragOptions, createAutodrag, type SampleOptions } from './autodrag.js';
export type { Mask, OptimizationMethod } from './engine/optimizer.js';
export { ModelError, PointError, SeedError, SessionError } from './errors.js';
export {
  type LoadAutodragOptions,
  type LoadProgress,
  loadAutodrag,
} from './loading/load-autodrag.js';
export { type ReadSourceOptions, readSource, type WeightSource } from './loading/read-source.js';
export { clearWeightCache } from './loading/weight-cache.js';
export { type Display, displayOf, type Padding, type PadOptions, padPicture } from './picture/pad-picture.js';
export { type CanvasLike, drawPicture, type Picture, pictureFromTensor } from './picture/picture.js';
export { type DragPoint, formatPoint, type Point } from './picture/points.js';
export { type PointsSvgOptions, pointsSvg } from './picture/points-svg.js';
export type { DragOptions, PreviewOptions } from './session/drag-options.js';
export type { DraggedPoint, DragOutcome, DragReport, DragResult, HeldAnchor } from './session/drag-report.js';
export type { DragMethod, RefineSettings } from './session/drag-scene.js';
export type { DragCall, DragStep, Preview } from './session/run-drag.js';
export { loadLatent, saveLatent } from './session/save-latent.js';
export type { Session } from './session/session.js';
export { tweenCodes } from './session/tween-codes.js';
