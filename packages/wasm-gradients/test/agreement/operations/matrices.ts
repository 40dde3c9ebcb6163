import * as tf from '@tensorflow/tfjs';
import type { Draw, Input } from '../draw.js';
import { type Operation, rounding, withGradients } from './case.js';
import { activationNames } from './draw-convolution.js';

/** Products of matrices. */
const operations: Record<string, Operation> = {};

function matrices(d: Draw): { a: Input; b: Input; transposeA: boolean; transposeB: boolean } {
  const [m, k, n] = [d.size(7), d.size(9), d.size(9)];
  const [aBatch, bBatch] = d.int(0, 1) === 0 ? [[], []] : d.broadcastShapes(2, 3);
  const [transposeA, transposeB] = [d.pick(false, true), d.pick(false, true)];
  const values = d.pick<'whole' | 'special'>('whole', 'special');
  return {
    a: d.tensor([...aBatch, ...(transposeA ? [k, m] : [m, k])], values),
    b: d.tensor([...bBatch, ...(transposeB ? [n, k] : [k, n])], values),
    transposeA,
    transposeB,
  };
}
operations.matMul = (d) => {
  const { a, b, transposeA, transposeB } = matrices(d);
  return {
    describe: `[${a.shape}] ${transposeA} [${b.shape}] ${transposeB}`,
    work: withGradients((x, y) => tf.matMul(x, y, transposeA, transposeB), [a, b], d.int(0, 100)),
  };
};
operations.fusedMatMul = (d) => {
  const { a, b, transposeA, transposeB } = matrices(d);
  const n = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
  const bias = d.int(0, 2) === 0 ? undefined : d.tensor(d.pick([n], [1]), 'special');
  const activation = d.pick(...activationNames);
  const slopes = activation === 'prelu' ? d.tensor([n], 'whole') : undefined;
  return {
    describe: `[${a.shape}] ${transposeA} [${b.shape}] ${transposeB} ${activation} bias [${bias?.shape}]`,
    work: () =>
      tf.fused.matMul({
        a: a(),
        b: b(),
        transposeA,
        transposeB,
        activation,
        leakyreluAlpha: 0.25,
        ...(bias && { bias: bias() }),
        ...(slopes && { preluActivationWeights: slopes() }),
      }),
    tolerance: rounding,
  };
};

export { operations as matrices };
