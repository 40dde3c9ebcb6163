import type { HostMatrix, OnHost, PlainProducts } from '@autodrag/nn/host';
import * as tf from '@tensorflow/tfjs-core';
import { type LatentPredictorConfig, longerSide } from './config.js';
import { fourierOnHost } from './fourier-on-host.js';
import type { MotionFieldParameters } from './motion-field.js';
import type { Point } from './pack-points.js';
import { placedOnHost } from './placed.js';
import type { SettlingParameters } from './settling.js';

/** The motion field of some places in the picture of a start code. */
export type PlacedField = {
  /**
   * By how much the places move.
   *
   * @param codes `[editedLayers * wDim]`, where the code has gone
   * @returns `[places * 2]`, x and y in image pixels
   */
  moved(codes: Float32Array): Float32Array;
  /**
   * The same, and its derivative by u where all edited layers go on by `spread u`.
   *
   * @returns `jacobian`: `[places * 2, wDim]`
   */
  linearized(codes: Float32Array): { moved: Float32Array; jacobian: Float32Array };
};

/** @param start `[editedLayers * wDim]`, the code whose picture the places are in */
export type HostField = (start: Float32Array, places: readonly Point[]) => PlacedField;

type Weights = { readonly weight: HostMatrix };
/** What a pass keeps of a block, for the derivative. */
type Trace = {
  readonly unit: Float32Array;
  readonly inverse: Float32Array;
  /** Of what is hidden: gelu, and its derivative. */
  readonly active: Float32Array;
  readonly slope: Float32Array;
};

/** `motionField` for one code in ordinary memory, and its derivative. */
export async function createFieldOnHost(
  host: PlainProducts,
  { field, spread }: SettlingParameters,
  config: Pick<LatentPredictorConfig, 'wDim' | 'editedLayers' | 'imageResolution' | 'fourierFrequencies'>,
): Promise<HostField> {
  const { wDim, imageResolution, fourierFrequencies } = config;
  const own = await host.upload<MotionFieldParameters>(field);
  const turned = await uploadTurned(host, { field, spread }, config);
  const width = own.head.weight.inputs;
  const placed = placedOnHost(imageResolution);
  const half = longerSide(imageResolution) / 2;

  /** One vector through a layer without its bias. */
  const through = ({ weight }: Weights, x: Float32Array) => host.multiply(weight, x);

  /**
   * All blocks over the rows of x, which they change.
   *
   * @param gains of each block `[width]`
   */
  const pass = (x: Float32Array, gains: readonly Float32Array[]): Trace[] =>
    own.blocks.map(({ norm, hidden, output }, b) => {
      const { rows, unit, inverse } = normalized(x, norm);
      const active = host.multiply(hidden.weight, rows, hidden.bias);
      const slope = host.geluWithSlope(active);
      addTo(x, host.multiply(output.weight, timesRow(active, gains[b]!), output.bias));
      return { unit, inverse, active, slope };
    });

  const standardized = (code: Float32Array, from: (c: number, i: number) => number) =>
    code.map((value, i) => (value - from(i % wDim, i)) / own.statistics.std[i % wDim]!);

  return (start, places) => {
    const position = fourierOnHost(
      places.map(({ x, y }) => placed(x, y)),
      fourierFrequencies,
    );
    const ofStart = host.multiply(
      own.start.weight,
      standardized(start, (c) => own.statistics.average[c]!),
      own.start.bias,
    );
    const before = plusRow(host.multiply(own.position.weight, position, own.position.bias), ofStart);
    const ones = new Float32Array(width).fill(1);
    const head = (x: Float32Array) => host.multiply(own.head.weight, x);
    // what the network answers where no code moves; `way` has its bias only where one does
    const still = before.slice();
    pass(
      still,
      own.blocks.map(() => ones),
    );
    const rest = head(still);

    const forward = (codes: Float32Array) => {
      const change = standardized(codes, (_, i) => start[i]!);
      const way = host.multiply(own.way.weight, change, own.way.bias);
      const gains = own.blocks.map(({ scale }) =>
        host.multiply(scale.weight, change, scale.bias).map((value) => 1 + value),
      );
      const x = plusRow(before, way);
      const traces = pass(x, gains);
      return { moved: head(x).map((value, i) => (value - rest[i]!) * half), gains, traces };
    };

    return {
      moved: (codes) => forward(codes).moved,
      linearized(codes) {
        const { moved, gains, traces } = forward(codes);
        const rows = 2 * places.length;
        const jacobian = new Float32Array(rows * wDim);
        // of each place the gradients of x and y side by side
        const gradient = new Float32Array(rows * width);
        for (let i = 0; i < rows; i++) gradient.set(turned.head[i % 2]!, i * width);
        for (let b = traces.length - 1; b >= 0; b--) {
          const { unit, inverse, active, slope } = traces[b]!;
          const { hidden, scale, output } = turned.blocks[b]!;
          const inner = through(output, gradient);
          addTo(jacobian, through(scale, timesPairs(inner, active, width)));
          const risen = timesPairs(inner, timesRow(slope, gains[b]!), width);
          addNormGradient(gradient, through(hidden, risen), own.blocks[b]!.norm.scale, unit, inverse);
        }
        addTo(jacobian, through(turned.way, gradient));
        return { moved, jacobian: jacobian.map((value) => value * half) };
      },
    };
  };
}

type Turned = {
  /** Gradients of x and of y, `[width]` each. */
  readonly head: readonly [Float32Array, Float32Array];
  /** `[width, wDim]`, as `scale` below: how what the code adds depends on u. */
  readonly way: Weights;
  readonly blocks: readonly { readonly hidden: Weights; readonly scale: Weights; readonly output: Weights }[];
};

/** Weights of the way back. */
async function uploadTurned(
  host: PlainProducts,
  { field, spread }: SettlingParameters,
  { wDim, editedLayers }: Pick<LatentPredictorConfig, 'wDim' | 'editedLayers'>,
): Promise<Turned> {
  const made = tf.tidy(() => {
    const turn = (weight: tf.Tensor2D) => ({ weight: tf.transpose(weight) as tf.Tensor2D });
    const byU = ({ weight }: { weight: tf.Tensor2D }) => {
      const width = weight.shape[1];
      const layers = tf.sum(tf.reshape(weight, [editedLayers, wDim, width]), 0);
      const each = tf.div(layers, tf.expandDims(field.statistics.std, 1)) as tf.Tensor2D;
      return { weight: tf.matMul(each, spread, true) as tf.Tensor2D };
    };
    return {
      head: tf.transpose(field.head.weight) as tf.Tensor2D,
      way: byU(field.way),
      blocks: field.blocks.map(({ hidden, scale, output }) => ({
        hidden: turn(hidden.weight),
        scale: byU(scale),
        output: turn(output.weight),
      })),
    };
  });
  try {
    const { head, way, blocks } = await host.upload(made);
    const width = head.length / 2;
    return { head: [head.subarray(0, width), head.subarray(width)], way, blocks };
  } finally {
    tf.dispose(made as never);
  }
}

/** Of `layerNorm` of nn. */
const epsilon = 1e-5;

/** `layerNorm` of rows, and what its derivative needs. */
function normalized(x: Float32Array, { scale, offset }: OnHost<MotionFieldParameters>['blocks'][number]['norm']) {
  const width = scale.length;
  const rows = new Float32Array(x.length);
  const unit = new Float32Array(x.length);
  const inverse = new Float32Array(x.length / width);
  for (let begin = 0, row = 0; begin < x.length; begin += width, row++) {
    let sum = 0;
    let squares = 0;
    for (let i = begin; i < begin + width; i++) sum += x[i]!;
    const mean = sum / width;
    for (let i = begin; i < begin + width; i++) squares += (x[i]! - mean) ** 2;
    inverse[row] = 1 / Math.sqrt(squares / width + epsilon);
    for (let i = begin; i < begin + width; i++) {
      unit[i] = (x[i]! - mean) * inverse[row]!;
      rows[i] = unit[i]! * scale[i - begin]! + offset[i - begin]!;
    }
  }
  return { rows, unit, inverse };
}

/**
 * Adds to gradients of what came in those that go through a norm.
 *
 * @param gradient `[2 * places, width]`, changed
 * @param outer of what the norm gave
 * @param unit `[places, width]`
 */
function addNormGradient(
  gradient: Float32Array,
  outer: Float32Array,
  scale: Float32Array,
  unit: Float32Array,
  inverse: Float32Array,
): void {
  const width = scale.length;
  for (let begin = 0, row = 0; begin < gradient.length; begin += width, row++) {
    const place = row >> 1;
    const at = place * width - begin;
    let sum = 0;
    let along = 0;
    for (let i = begin; i < begin + width; i++) {
      const g = outer[i]! * scale[i - begin]!;
      sum += g;
      along += g * unit[i + at]!;
    }
    for (let i = begin; i < begin + width; i++) {
      const g = outer[i]! * scale[i - begin]!;
      gradient[i]! += (g - sum / width - (unit[i + at]! * along) / width) * inverse[place]!;
    }
  }
}

function addTo(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
}

/** Each row of x with `row` added; new. */
function plusRow(x: Float32Array, row: Float32Array): Float32Array {
  const result = new Float32Array(x.length);
  for (let begin = 0; begin < x.length; begin += row.length) {
    for (let i = 0; i < row.length; i++) result[begin + i] = x[begin + i]! + row[i]!;
  }
  return result;
}

/** Each row of x times `row`, number by number; new. */
function timesRow(x: Float32Array, row: Float32Array): Float32Array {
  const result = new Float32Array(x.length);
  for (let begin = 0; begin < x.length; begin += row.length) {
    for (let i = 0; i < row.length; i++) result[begin + i] = x[begin + i]! * row[i]!;
  }
  return result;
}

/** Rows of pairs `[2 * places, width]` times those of their places `[places, width]`, number by number; new. */
function timesPairs(pairs: Float32Array, rows: Float32Array, width: number): Float32Array {
  const result = new Float32Array(pairs.length);
  for (let begin = 0; begin < rows.length; begin += width) {
    for (let i = begin; i < begin + width; i++) {
      result[begin + i] = pairs[begin + i]! * rows[i]!;
      result[begin + width + i] = pairs[begin + width + i]! * rows[i]!;
    }
  }
  return result;
}
