import * as tf from '@tensorflow/tfjs';

/** A calculation that makes its own inputs, and gives the tensors to compare. */
export type Case = () => tf.Tensor | tf.Tensor[];

/** The same normally distributed values on every backend. */
export function sample(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}

/**
 * Runs every case on the page's backend and on `cpu`.
 *
 * @returns by case, the largest difference relative to the largest value expected (at least 1); and the tensors left
 * over
 */
export async function compare(backend: string, cases: Record<string, Case>): Promise<Record<string, number>> {
  const differences: Record<string, number> = {};
  for (const [name, work] of Object.entries(cases)) {
    const actual = await values(backend, work);
    const expected = await values('cpu', work);
    differences[name] = difference(actual, expected);
  }
  await tf.setBackend(backend);
  return differences;
}

async function values(backend: string, work: Case): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => [work()].flat());
  const read: Float32Array[] = [];
  for (const tensor of results) read.push(Float32Array.from(await tensor.data()));
  tf.dispose(results);
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left over on ${backend}`);
  return read;
}

function difference(actual: Float32Array[], expected: Float32Array[]): number {
  if (actual.length !== expected.length) return Number.MAX_VALUE;
  let worst = 0;
  let scale = 1;
  for (const [index, wanted] of expected.entries()) {
    const got = actual[index]!;
    if (got.length !== wanted.length) return Number.MAX_VALUE;
    for (let i = 0; i < wanted.length; i++) {
      worst = Math.max(worst, Math.abs(got[i]! - wanted[i]!));
      scale = Math.max(scale, Math.abs(wanted[i]!));
    }
  }
  return Number.isNaN(worst) ? Number.MAX_VALUE : worst / scale; // JSON has no NaN
}
