import * as tf from '@tensorflow/tfjs-core';
import { type HostKernel, runHostKernel } from '../kernels/run-host-kernel.js';
import type { AdamState } from './adam.js';

/** The numbers of one step, as they are in the formula: bias correction comes from the state's count of steps. */
export type AdamStep = {
  beta1: number;
  beta2: number;
  epsilon: number;
  clipNorm: number | undefined;
  /** One for each parameter. */
  rates: number[];
};

/**
 * One step on the backend's own memory: two passes over the gradients, one over all the rest. Returns norm, step, m, v,
 * parameters.
 */
export function stepOnHost(parameters: tf.Tensor[], grads: tf.Tensor[], state: AdamState, step: AdamStep): tf.Tensor[] {
  return runHostKernel(adamKernel, [state.step, state.m, state.v, ...parameters, ...grads], step);
}

type Views = [Float32Array, Float32Array, Float32Array, Float32Array, ...Float32Array[]];

const adamKernel: HostKernel<AdamStep> = {
  name: 'AutodragAdam',
  run: (inputs, { beta1, beta2, epsilon, clipNorm, rates }, memory) => {
    const count = rates.length;
    const parameters = inputs.slice(3, 3 + count);
    const outputs = [[], [], inputs[1]!.shape, inputs[2]!.shape, ...parameters.map(({ shape }) => shape)].map((shape) =>
      memory.allocate(shape),
    );
    const [normOut, stepOut, nextM, nextV, ...next] = outputs.map((info) => memory.view(info)) as Views;
    const [stepIn, m, v, ...views] = inputs.map((info) => memory.view(info)) as Views;
    const step = stepIn[0]! + 1;
    stepOut[0] = step;
    // The bias corrections, moved out of the vectors into epsilon and the rate.
    const correction = Math.sqrt(1 - beta2 ** step);
    const floor = epsilon * correction;

    let energy = 0;
    for (let k = 0; k < count; k++) energy += sumOfSquares(views[count + k]!);
    const norm = Math.sqrt(energy);
    normOut[0] = norm;
    const scale = clipNorm === undefined ? 1 : clipNorm / Math.max(norm, clipNorm);

    let offset = 0;
    for (let k = 0; k < count; k++) {
      const p = views[k]!;
      const g = views[count + k]!;
      const out = next[k]!;
      const rate = (rates[k]! * correction) / (1 - beta1 ** step);
      for (let i = 0; i < p.length; i++) {
        const at = offset + i;
        const gradient = g[i]! * scale;
        const first = m[at]! + (gradient - m[at]!) * (1 - beta1);
        const second = v[at]! * beta2 + gradient * gradient * (1 - beta2);
        nextM[at] = first;
        nextV[at] = second;
        out[i] = p[i]! - (rate * first) / (Math.sqrt(second) + floor);
      }
      offset += p.length;
    }
    return outputs;
  },
};

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** One step by kernels over long vectors, for any backend. Returns norm, step, m, v, parameters. */
export function stepOnVectors(
  parameters: tf.Tensor[],
  grads: tf.Tensor[],
  state: AdamState,
  { beta1, beta2, epsilon, clipNorm, rates }: AdamStep,
): tf.Tensor[] {
  const gradient = concatenate(grads);
  const norm = tf.sqrt(tf.sum(tf.square(gradient)));
  const g = clipNorm === undefined ? gradient : tf.mul(gradient, tf.div(clipNorm, tf.maximum(norm, clipNorm)));
  const m = beta1 === 0 ? tf.clone(g) : tf.add(state.m, tf.mul(tf.sub(g, state.m), 1 - beta1));
  const v = tf.add(tf.mul(state.v, beta2), tf.mul(tf.square(g), 1 - beta2));
  const count = tf.add(state.step, 1);
  const correction = tf.sqrt(tf.sub(1, tf.pow(beta2, count)));
  const momentum = tf.mul(m, tf.div(correction, tf.sub(1, tf.pow(beta1, count))));
  const direction = tf.div(momentum, tf.add(tf.sqrt(v), tf.mul(correction, epsilon))) as tf.Tensor1D;
  const sizes = parameters.map(({ size }) => size);
  const next = tf.sub(concatenate(parameters), scaleByRate(direction, sizes, rates));
  const pieces = sizes.length === 1 ? [next] : tf.split(next, sizes, 0);
  return [norm, count, m, v, ...pieces.map((piece, index) => tf.reshape(piece, parameters[index]!.shape))];
}

function concatenate(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  const vectors = tensors.map((tensor) => tf.reshape(tensor, [tensor.size]) as tf.Tensor1D);
  return vectors.length === 1 ? vectors[0]! : tf.concat1d(vectors);
}

/** A multiplication for each run of neighbours with one rate. */
function scaleByRate(direction: tf.Tensor1D, sizes: readonly number[], rates: readonly number[]): tf.Tensor1D {
  const runs: { rate: number; size: number }[] = [];
  rates.forEach((rate, index) => {
    const last = runs.at(-1);
    if (last?.rate === rate) last.size += sizes[index]!;
    else runs.push({ rate, size: sizes[index]! });
  });
  if (runs.length === 1) return tf.mul(direction, runs[0]!.rate);
  const pieces = tf.split(
    direction,
    runs.map(({ size }) => size),
    0,
  );
  return tf.concat1d(pieces.map((piece, index) => tf.mul(piece, runs[index]!.rate) as tf.Tensor1D));
}
