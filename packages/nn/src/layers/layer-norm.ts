import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from '../gradients/custom-gradient.js';
import { type HostKernel, hasHostMemory, runHostKernel } from '../kernels/run-host-kernel.js';
import { matchShape } from '../shapes/match-shape.js';
import { sumOfRows } from './sum-of-rows.js';

/** `scale [features]`, `offset [features]`. */
export type LayerNormParameters = { readonly scale: tf.Tensor1D; readonly offset: tf.Tensor1D };

export type LayerNormOptions = {
  /** Added to the variance. @default 1e-5 */
  epsilon?: number;
};

/** Parameters of a layer norm: scale 1, offset 0. */
export function createLayerNorm(features: number): LayerNormParameters {
  return { scale: tf.ones([features]) as tf.Tensor1D, offset: tf.zeros([features]) as tf.Tensor1D };
}

/**
 * `(x − mean) / sqrt(variance + epsilon) · scale + offset` over the last axis, Ba et al. 2016. The gradient is written
 * by hand, first order only: one loop forward and one backward on cpu, and on wasm for small x; elsewhere 9 and 13
 * kernels.
 *
 * @param x `[..., features]`
 * @returns the shape of x
 * @throws ShapeError if x does not end with `features`
 */
export function layerNorm(
  { scale, offset }: LayerNormParameters,
  x: tf.Tensor,
  { epsilon = 1e-5 }: LayerNormOptions = {},
): tf.Tensor {
  const features = scale.shape[0];
  matchShape(x.shape, ['...', features], 'layerNorm: x');
  return tf.tidy(() => {
    const rows = x.rank === 2 ? x : tf.reshape(x, [-1, features]); // [rows, features]
    const normalize = prefersLoops(x.size) ? normalizeOnHost : normalizeOnDevice;
    const y = normalize(epsilon)(rows, scale, offset);
    return x.rank === 2 ? y : tf.reshape(y, x.shape);
  });
}

/** A loop saves the calls of nine kernels; wasm's make up for them by SIMD from about this size on. */
function prefersLoops(size: number): boolean {
  return hasHostMemory() && (tf.getBackend() === 'cpu' || size <= 16_384);
}

/** Rows by loops over host memory. */
export function normalizeOnHost(epsilon: number) {
  return customGradient(([x, scale, offset]: [tf.Tensor, tf.Tensor, tf.Tensor], save) => {
    save([x, scale]);
    return {
      value: runHostKernel(forwardKernel, [x, scale, offset], { epsilon })[0]!,
      gradient: (dy, [x, scale]) => runHostKernel(backwardKernel, [dy, x!, scale!], { epsilon }),
    };
  });
}

const forwardKernel: HostKernel<{ epsilon: number }> = {
  name: 'AutodragLayerNorm',
  run: ([xInfo, scaleInfo, offsetInfo], { epsilon }, memory) => {
    const output = memory.allocate(xInfo!.shape);
    const y = memory.view(output);
    const x = memory.view(xInfo!);
    const scale = memory.view(scaleInfo!);
    const offset = memory.view(offsetInfo!);
    const features = scale.length;
    for (let start = 0; start < x.length; start += features) {
      const mean = meanOf(x, start, features);
      const inverse = 1 / Math.sqrt(varianceOf(x, start, features, mean) + epsilon);
      for (let i = 0; i < features; i++) y[start + i] = (x[start + i]! - mean) * inverse * scale[i]! + offset[i]!;
    }
    return [output];
  },
};

const backwardKernel: HostKernel<{ epsilon: number }> = {
  name: 'AutodragLayerNormGradient',
  run: ([dyInfo, xInfo, scaleInfo], { epsilon }, memory) => {
    const outputs = [xInfo!.shape, scaleInfo!.shape, scaleInfo!.shape].map((shape) => memory.allocate(shape));
    const [dx, dScale, dOffset] = outputs.map((info) => memory.view(info)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const dy = memory.view(dyInfo!);
    const x = memory.view(xInfo!);
    const scale = memory.view(scaleInfo!);
    const features = scale.length;
    const scaleSum = new Float64Array(features);
    const offsetSum = new Float64Array(features);
    for (let start = 0; start < x.length; start += features) {
      const mean = meanOf(x, start, features);
      const inverse = 1 / Math.sqrt(varianceOf(x, start, features, mean) + epsilon);
      let gMean = 0;
      let correlation = 0;
      for (let i = 0; i < features; i++) {
        const d = dy[start + i]!;
        const unit = (x[start + i]! - mean) * inverse;
        const g = d * scale[i]!;
        gMean += g;
        correlation += g * unit;
        scaleSum[i]! += d * unit;
        offsetSum[i]! += d;
      }
      gMean /= features;
      correlation /= features;
      for (let i = 0; i < features; i++) {
        const unit = (x[start + i]! - mean) * inverse;
        dx[start + i] = (dy[start + i]! * scale[i]! - gMean - unit * correlation) * inverse;
      }
    }
    dScale.set(scaleSum);
    dOffset.set(offsetSum);
    return outputs;
  },
};

// Four sums side by side: one alone would wait for each addition to finish.

function meanOf(x: Float32Array, start: number, count: number): number {
  const end = start + count;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += x[i]!;
    b += x[i + 1]!;
    c += x[i + 2]!;
    d += x[i + 3]!;
  }
  for (; i < end; i++) a += x[i]!;
  return (a + b + c + d) / count;
}

function varianceOf(x: Float32Array, start: number, count: number, mean: number): number {
  const end = start + count;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = start;
  for (; i + 3 < end; i += 4) {
    const p = x[i]! - mean;
    const q = x[i + 1]! - mean;
    const r = x[i + 2]! - mean;
    const s = x[i + 3]! - mean;
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  for (; i < end; i++) a += (x[i]! - mean) * (x[i]! - mean);
  return (a + b + c + d) / count;
}

/** The same by kernels of any backend. */
export function normalizeOnDevice(epsilon: number) {
  return customGradient(([x, scale, offset]: [tf.Tensor, tf.Tensor, tf.Tensor], save) => {
    const mean = tf.mean(x, 1, true); // [rows, 1]
    const variance = tf.mean(tf.squaredDifference(x, mean), 1, true); // [rows, 1]
    const inverse = tf.rsqrt(tf.add(variance, epsilon)); // [rows, 1]
    const unit = tf.mul(tf.sub(x, mean), inverse); // [rows, features]
    save([unit, inverse, scale]);
    return {
      value: tf.add(tf.mul(unit, scale), offset),
      // With g = dy · scale: dx = (g − mean(g) − unit · mean(g · unit)) · inverse. Means over features are products
      // with scale / features.
      gradient: (dy, saved) => {
        const [unit, inverse, scale] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        const features = scale.shape[0];
        const column = tf.reshape(tf.div(scale, features), [features, 1]) as tf.Tensor2D;
        const correlation = tf.mul(dy, unit) as tf.Tensor2D; // [rows, features]
        const centred = tf.sub(tf.mul(dy, scale), tf.matMul(dy as tf.Tensor2D, column));
        const dx = tf.mul(tf.sub(centred, tf.mul(unit, tf.matMul(correlation, column))), inverse);
        return [dx, sumOfRows(correlation), sumOfRows(dy as tf.Tensor2D)];
      },
    };
  });
}
