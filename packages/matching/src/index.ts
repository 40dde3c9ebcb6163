export { type DrawMatchesOptions, drawMatches, type RgbaImage } from './draw/draw-matches.js';
export { saveImage } from './draw/save-image.js';
export {
  ImageDecodeError,
  MatchQueueFullError,
  MatchTimeoutError,
  MatchWorkerError,
  OpenCvError,
} from './errors.js';
export { createFeatureMatcher, type FeatureMatcherOptions } from './features/create-feature-matcher.js';
export { type MatchFeaturesOptions, matchFeatures } from './features/match-features.js';
export type { FeatureNormalization, FeatureOptions } from './features/prepare-maps.js';
export type { SubPixel } from './features/refine-minimum.js';
export { type GmsOptions, gmsFilter } from './gms/gms-filter.js';
export type { GmsResult, ImageSize } from './gms/gms-inliers.js';
export { type MatchHammingOptions, matchHamming } from './hamming/match-hamming.js';
export type { HammingMatches, HammingMethod } from './hamming/nearest-hamming.js';
export { decodeImage } from './image/decode-image.js';
export type { FeatureImage, FeatureMaps, ImageDecoder, ImageLike, PixelImage } from './image/image-like.js';
export { type MatchImagesOptions, matchImages } from './match-images.js';
export { type MatchedPair, matchedPairs } from './matched-pairs.js';
export type { Matcher, Matches, MatchOptions } from './matcher.js';
export { createOrbMatcher } from './orb/create-orb-matcher.js';
export type { OrbMatcherOptions } from './orb/orb-options.js';
export type { AnyWorker } from './pool/portable-worker.js';
export { createPointTracker, type PointTracker, type PointTrackerOptions } from './tracker/create-point-tracker.js';
export type { Point } from './tracker/point.js';
export type { PointSearch, TrackedPoint } from './tracker/search-window.js';
export { type TrackPointsOptions, trackPoints } from './tracker/track-points.js';
