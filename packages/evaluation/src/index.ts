export { type CodeErrors, codeErrors } from './code-errors.js';
export { type GeneratorFidelity, generatorFidelity } from './generator-fidelity.js';
export {
  type LandmarkDrag,
  type LandmarkDragOptions,
  type LandmarkDragSummary,
  landmarkDrags,
  summarizeLandmarkDrags,
} from './landmark-drags.js';
