import { expect, test } from 'vitest';
import {
  AutodragError,
  GradientsNotRegisteredError,
  InvalidArgumentError,
  ShapeError,
  WeightFileError,
} from './errors.js';

test.each([
  [ShapeError, 'ShapeError', 'SHAPE'],
  [InvalidArgumentError, 'InvalidArgumentError', 'INVALID_ARGUMENT'],
  [WeightFileError, 'WeightFileError', 'WEIGHT_FILE'],
  [GradientsNotRegisteredError, 'GradientsNotRegisteredError', 'GRADIENTS_NOT_REGISTERED'],
])('%s has a name, a code and a cause', (Class, name, code) => {
  const cause = new Error('inner');
  const error = new Class('f: x: rule', { cause });
  expect(error).toBeInstanceOf(AutodragError);
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message, error.cause]).toEqual([name, code, 'f: x: rule', cause]);
});
