import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Style mixing: the first layers of one code, the others of another. Coarse layers decide the geometry of a picture,
 * fine ones its colours. Karras et al. 2019, section 3.1.
 *
 * @param coarse `[N, numWs, wDim]`
 * @param fine `[N, numWs, wDim]`
 * @param layers how many layers come from `coarse`, from 0 to numWs
 * @returns `[N, numWs, wDim]`
 * @throws ShapeError if the codes are not alike; InvalidArgumentError if they have not so many layers
 */
export function mixStyles(coarse: tf.Tensor3D, fine: tf.Tensor3D, layers: number): tf.Tensor3D {
  const { N, numWs, wDim } = matchShape(coarse.shape, ['N', 'numWs', 'wDim'], 'mixStyles: coarse');
  matchShape(fine.shape, [N, numWs, wDim], 'mixStyles: fine');
  if (!Number.isInteger(layers) || layers < 0 || layers > numWs) {
    throw new InvalidArgumentError(`mixStyles: layers: expected a whole number from 0 to ${numWs}, got ${layers}`);
  }
  return tf.tidy(() => {
    const first = tf.slice(coarse, [0, 0, 0], [N, layers, wDim]);
    const rest = tf.slice(fine, [0, layers, 0], [N, numWs - layers, wDim]);
    return tf.concat([first, rest], 1) as tf.Tensor3D;
  });
}
