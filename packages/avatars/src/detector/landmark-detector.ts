import { matchShape, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/** One 3x3 convolution: HWIO weight and a bias. */
export type ConvParameters = { weight: tf.Tensor4D; bias: tf.Tensor1D };

/**
 * Parameters of the landmark detector: a small U-Net from 128x128 pixels to one 32x32 heat map a landmark.
 */
export type LandmarkDetectorParameters = {
  down64: ConvParameters;
  down32: ConvParameters;
  at32: ConvParameters;
  down16: ConvParameters;
  at16: ConvParameters;
  down8: ConvParameters;
  at8: ConvParameters;
  up16: ConvParameters;
  up32: ConvParameters;
  heat: ConvParameters;
};

const width = { at64: 16, at32: 32, at16: 64, at8: 128, heat: 64 };

/** Fresh parameters for `landmarks` heat maps. */
export function createLandmarkDetectorParameters(random: Random, landmarks: number): LandmarkDetectorParameters {
  const conv = (inputs: number, outputs: number, size = 3): ConvParameters => ({
    weight: random.normalTensor([size, size, inputs, outputs], Math.sqrt(2 / (size * size * inputs))) as tf.Tensor4D,
    bias: tf.zeros([outputs]),
  });
  return {
    down64: conv(3, width.at64),
    down32: conv(width.at64, width.at32),
    at32: conv(width.at32, width.at32),
    down16: conv(width.at32, width.at16),
    at16: conv(width.at16, width.at16),
    down8: conv(width.at16, width.at8),
    at8: conv(width.at8, width.at8),
    up16: conv(width.at8 + width.at16, width.at16),
    up32: conv(width.at16 + width.at32, width.heat),
    heat: conv(width.heat, landmarks, 1),
  };
}

/**
 * Where the landmarks of an avatar are: the expectation of each heat map's softmax, in image pixels.
 *
 * @param images `[N, 128, 128, 3]` in [-1, 1]
 * @returns `[N, L, 2]`, x then y in pixels of the 128x128 image, pixel centres at whole numbers
 * @throws ShapeError if the images are not 128x128 RGB
 */
export function landmarkDetector(parameters: LandmarkDetectorParameters, images: tf.Tensor4D): tf.Tensor3D {
  matchShape(images.shape, ['N', 128, 128, 3], 'landmarkDetector: images');
  return tf.tidy(() => {
    const x64 = convolve(parameters.down64, images, 2);
    const x32 = convolve(parameters.at32, convolve(parameters.down32, x64, 2), 1);
    const x16 = convolve(parameters.at16, convolve(parameters.down16, x32, 2), 1);
    const x8 = convolve(parameters.at8, convolve(parameters.down8, x16, 2), 1);
    const up16 = convolve(parameters.up16, tf.concat([doubleSize(x8), x16], 3), 1);
    const up32 = convolve(parameters.up32, tf.concat([doubleSize(up16), x32], 3), 1);
    const { weight, bias } = parameters.heat;
    const heat = tf.add(tf.conv2d(up32, weight, 1, 'same'), bias); // [N, 32, 32, L]
    const [N, side, , L] = heat.shape as [number, number, number, number];
    // Softmax over the last axis is the fast one on every backend.
    const maps = tf.transpose(tf.reshape(heat, [N, side * side, L]), [0, 2, 1]); // [N, L, cells]
    const probability = tf.reshape(tf.softmax(maps, 2), [N * L, side * side]);
    return tf.reshape(tf.matMul(probability, cellCentres(side, 128)), [N, L, 2]) as tf.Tensor3D;
  });
}

function convolve({ weight, bias }: ConvParameters, x: tf.Tensor4D, stride: number): tf.Tensor4D {
  return tf.relu(tf.add(tf.conv2d(x, weight, stride, 'same'), bias)) as tf.Tensor4D;
}

/** Every pixel four times: `[N, H, W, C]` → `[N, 2H, 2W, C]`, by concatenation because its gradient exists on every backend. */
function doubleSize(x: tf.Tensor4D): tf.Tensor4D {
  const [N, H, W, C] = x.shape;
  const wide = tf.reshape(tf.concat([x, x], 3), [N, H, 1, 2 * W * C]);
  return tf.reshape(tf.concat([wide, wide], 2), [N, 2 * H, 2 * W, C]);
}

/** `[side * side, 2]`: x and y of the cell centres in pixels of a `resolution` image. */
function cellCentres(side: number, resolution: number): tf.Tensor2D {
  const cell = resolution / side;
  const centres = new Float32Array(side * side * 2);
  for (let i = 0; i < side * side; i++) {
    centres[2 * i] = ((i % side) + 0.5) * cell - 0.5;
    centres[2 * i + 1] = (Math.floor(i / side) + 0.5) * cell - 0.5;
  }
  return tf.tensor2d(centres, [side * side, 2]);
}
