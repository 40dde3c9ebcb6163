import { expect, test } from 'vitest';
import {
  AutodragError,
  GradientsNotRegisteredError,
  InvalidArgumentError,
  isAutodragError,
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

test('isAutodragError knows errors of any copy of the package, and their codes', () => {
  const ofOther = Object.assign(new Error('f: x'), { code: 'OTHER', [Symbol.for('autodrag.error')]: true });
  expect([new ShapeError('f'), ofOther].every((error) => isAutodragError(error))).toBe(true);
  expect(isAutodragError(new ShapeError('f'), 'SHAPE')).toBe(true);
  expect(isAutodragError(new ShapeError('f'), 'POINT')).toBe(false);
  for (const other of [new Error('f'), { code: 'SHAPE', message: 'f' }, null, undefined, 'SHAPE']) {
    expect(isAutodragError(other)).toBe(false);
  }
});

test('the name does not depend on that of the class, which minifiers change', () => {
  const Short = class extends ShapeError {};
  expect(new Short('f').name).toBe('ShapeError');
});
