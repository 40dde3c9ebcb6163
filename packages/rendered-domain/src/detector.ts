export {
  type ConvParameters,
  createLandmarkDetectorParameters,
  expectedLandmarks,
  type LandmarkDetectorParameters,
  type LandmarkDetectorWidths,
  type LandmarkFeatures,
  landmarkDetector,
  landmarkFeatures,
} from './detector/landmark-detector.js';
export {
  detectorSettings,
  type TrainDetectorOptions,
  type TrainedDetector,
  trainDetector,
} from './detector/train-detector.js';
export {
  loadLandmarkDetector,
  type SaveLandmarkDetectorOptions,
  saveLandmarkDetector,
} from './detector/weights.js';
