export { type DragGanOptions, type DragGanStep, dragGan } from './drag-gan.js';
export type { FeatureGenerator, Size } from './feature-generator.js';
export { type FeatureStepOptions, featureStep } from './feature-step.js';
export { type FreeDragOptions, type FreeDragStep, freeDrag, templateShare } from './free-drag.js';
export { type FixedMask, maskLoss } from './mask-loss.js';
export { motionSupervision } from './motion-supervision.js';
export type { Point, PointPair } from './points.js';
export { type Place, sampleFeatures, type Taps, tapsAt } from './sample-features.js';
export { nearestPixels, type Tracking, trackedFeatures, trackingAround } from './track-points.js';
