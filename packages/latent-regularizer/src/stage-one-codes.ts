import { InvalidArgumentError, matchShape, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

export type StageOneCodesOptions = {
  /**
   * Leading layers that are edited.
   * @default 6
   */
  editedLayers?: number;
  /**
   * Share of codes whose edited layers are those of the other code.
   * @default 0.4
   */
  mixing?: number;
  /**
   * Share of codes whose edited layers lie between the two codes, at a point drawn from U(0, 1).
   * @default 0.4
   */
  motion?: number;
};

/**
 * The clean codes of stage 1. Were all of them broadcast codes, the clean layers would hold the answer; the regularizer
 * would copy them and, at inference, undo every drag. So some get the edited layers of another code (style mixing), or
 * of a point on the way to another code, as motion sequences have; the rest stay as they are.
 *
 * @param random advanced by the call
 * @param w `[B, numWs, wDim]`
 * @param other `[B, numWs, wDim]`, codes drawn independently of `w`
 * @returns `[B, numWs, wDim]`
 */
export function stageOneCodes(
  random: Random,
  w: tf.Tensor3D,
  other: tf.Tensor3D,
  { editedLayers = 6, mixing = 0.4, motion = 0.4 }: StageOneCodesOptions = {},
): tf.Tensor3D {
  matchShape(w.shape, ['B', 'numWs', 'wDim'], 'stageOneCodes: w');
  matchShape(other.shape, w.shape, 'stageOneCodes: other');
  const [batch, numWs] = w.shape;
  if (!(editedLayers >= 1 && editedLayers <= numWs)) {
    throw new InvalidArgumentError(
      `stageOneCodes: editedLayers: expected 1 to ${numWs}, the layers of w, got ${editedLayers}`,
    );
  }
  if (!(mixing >= 0 && motion >= 0 && mixing + motion <= 1)) {
    throw new InvalidArgumentError(
      `stageOneCodes: mixing and motion: expected shares whose sum is at most 1, got ${mixing} and ${motion}`,
    );
  }
  const share = new Float32Array(batch * numWs);
  for (let b = 0; b < batch; b++) {
    const kind = random.uniform();
    const point = random.uniform();
    share.fill(kind < mixing ? 1 : kind < mixing + motion ? point : 0, b * numWs, b * numWs + editedLayers);
  }
  return tf.tidy(() => {
    const weight = tf.tensor3d(share, [batch, numWs, 1]);
    return tf.add(w, tf.mul(weight, tf.sub(other, w))) as tf.Tensor3D;
  });
}
