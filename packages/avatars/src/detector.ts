export { detectorWeights } from './detector-weights.js';
