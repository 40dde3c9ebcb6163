import { concatArrays, type Random } from '@autodrag/nn';
import { type Generator, mixStyles } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';

/** Two codes that differ in the layers that an edit changes, and their pictures, which are the caller's. */
export type Pair = {
  /** The z that the first layers of each come from. */
  readonly z: readonly [Float32Array, Float32Array];
  readonly w: Float32Array;
  readonly targetW: Float32Array;
  readonly pictures: readonly [tf.Tensor4D, tf.Tensor4D];
};

/** Layers of a code that an edit changes. */
const editedLayers = 6;

/** @param draw advanced by the call */
export async function drawPair(draw: Random, generator: Generator, truncationPsi: number): Promise<Pair> {
  const [shapeA, colour, shapeB] = [0, 1, 2].map(() =>
    Float32Array.from({ length: generator.config.zDim }, () => draw.normal()),
  ) as [Float32Array, Float32Array, Float32Array];
  const [a, b, first, second] = tf.tidy(() => {
    const z = tf.tensor2d(concatArrays([shapeA, colour, shapeB]), [3, colour.length]);
    const [wA, kept, wB] = tf.split(generator.mapping(z, { truncationPsi }), 3, 0) as [
      tf.Tensor3D,
      tf.Tensor3D,
      tf.Tensor3D,
    ];
    const codes = [mixStyles(wA, kept, editedLayers), mixStyles(wB, kept, editedLayers)] as const;
    return [...codes, generator.synthesis(codes[0]), generator.synthesis(codes[1])];
  }) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor4D, tf.Tensor4D];
  try {
    const [w, targetW] = [Float32Array.from(await a.data()), Float32Array.from(await b.data())];
    return { z: [shapeA, shapeB], w, targetW, pictures: [first, second] };
  } finally {
    tf.dispose([a, b]);
  }
}
