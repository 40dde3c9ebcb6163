import type { Cases } from './case.js';
import { editingCases } from './cases/editing.js';
import { generatorCases } from './cases/generator.js';
import { matchingCases } from './cases/matching.js';
import { predictorCases } from './cases/predictor.js';
import { refusalCases } from './cases/refusals.js';
import { regularizerCases } from './cases/regularizer.js';
import { trainingCases } from './cases/training.js';

/** What every backend must do as cpu does it: the one list. */
export const cases: Cases = {
  ...generatorCases,
  ...predictorCases,
  ...regularizerCases,
  ...matchingCases,
  ...editingCases,
  ...trainingCases,
  ...refusalCases,
};
