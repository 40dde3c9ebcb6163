import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerWasmGradients } from '../../src/index.js';
import { disagreement, resultsOn } from './compare.js';
import { Draw } from './draw.js';
import { operations } from './operations.js';

/** Cases of every operation: some 5400 in all. `AGREEMENT_CASES` draws more, `AGREEMENT_SEED` others. */
const cases = Number(process.env.AGREEMENT_CASES ?? 40);
const seed = Number(process.env.AGREEMENT_SEED ?? 20_261_125);

beforeAll(async () => {
  registerWasmGradients();
  for (const backend of ['wasm', 'cpu']) await tf.setBackend(backend);
});

describe(`wasm agrees with cpu: ${cases} random cases an operation`, () => {
  test.each(Object.entries(operations))('%s', (_, operation) => {
    const property = fc.property(fc.gen(), (generator) => {
      const drawn = operation(new Draw(generator));
      const actual = resultsOn('wasm', drawn.work);
      const expected = resultsOn('cpu', drawn.reference ?? drawn.work);
      const difference = disagreement(actual, expected, drawn);
      expect(difference && `${drawn.describe}: ${difference}`).toBeUndefined();
    });
    fc.assert(property, { numRuns: cases, seed, endOnFailure: true });
  });
});
