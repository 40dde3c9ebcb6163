import { InvalidArgumentError, matchShape, type Random } from '@autodrag/nn';
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

/** Channels at every size of a 128x128 picture. */
export type LandmarkDetectorWidths = { at64: number; at32: number; at16: number; at8: number; heat: number };

/** The detector that judges. */
const defaultWidths: LandmarkDetectorWidths = { at64: 16, at32: 32, at16: 64, at8: 128, heat: 64 };

/** Fresh parameters for `landmarks` heat maps. */
export function createLandmarkDetectorParameters(
  random: Random,
  landmarks: number,
  width: LandmarkDetectorWidths = defaultWidths,
): LandmarkDetectorParameters {
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
 * What the detector sees on its way down: `[N, S / 2, S / 2, C]`, then a quarter, an eighth and a sixteenth of the
 * side.
 */
export type LandmarkFeatures = [half: tf.Tensor4D, quarter: tf.Tensor4D, eighth: tf.Tensor4D, sixteenth: tf.Tensor4D];

/**
 * The detector's own view of pictures, for losses that compare what matters about them.
 *
 * @param images `[N, S, S, 3]` in [-1, 1], S a multiple of 16
 */
export function landmarkFeatures(parameters: LandmarkDetectorParameters, images: tf.Tensor4D): LandmarkFeatures {
  const half = convolve(parameters.down64, images, 2);
  const quarter = convolve(parameters.at32, convolve(parameters.down32, half, 2), 1);
  const eighth = convolve(parameters.at16, convolve(parameters.down16, quarter, 2), 1);
  const sixteenth = convolve(parameters.at8, convolve(parameters.down8, eighth, 2), 1);
  return [half, quarter, eighth, sixteenth];
}

/**
 * Where the landmarks of a picture's subject are: the expectation of each heat map's softmax, in image pixels. It was
 * trained on 128x128 pictures; larger ones are averaged to that size.
 *
 * @param images `[N, S, S, 3]` in [-1, 1], S = 128 or a multiple of it
 * @returns `[N, L, 2]`, x then y in pixels of the given pictures, pixel centres at whole numbers
 * @throws ShapeError if the images are not square RGB; InvalidArgumentError if their side is no multiple of 128
 */
export function landmarkDetector(parameters: LandmarkDetectorParameters, images: tf.Tensor4D): tf.Tensor3D {
  const { S } = matchShape(images.shape, ['N', 'S', 'S', 3], 'landmarkDetector: images');
  const factor = S! / detectorSide;
  if (!Number.isInteger(factor) || factor < 1) {
    throw new InvalidArgumentError(
      `landmarkDetector: images: expected a side of 128 or a multiple of it, got ${S}. Resize the pictures first.`,
    );
  }
  return tf.tidy(() => {
    const small = factor === 1 ? images : tf.avgPool(images, factor, factor, 'valid');
    return expectedLandmarks(parameters, landmarkFeatures(parameters, small), S!);
  });
}

/** Side of the pictures that the detector is trained on. */
const detectorSide = 128;

/**
 * The second half of the detector: features to landmarks.
 *
 * @param resolution side of the picture in whose pixels the answer is given
 * @returns `[N, L, 2]`
 */
export function expectedLandmarks(
  parameters: LandmarkDetectorParameters,
  [, quarter, eighth, sixteenth]: LandmarkFeatures,
  resolution: number,
): tf.Tensor3D {
  return tf.tidy(() => {
    const up16 = convolve(parameters.up16, tf.concat([doubleSize(sixteenth), eighth], 3), 1);
    const up32 = convolve(parameters.up32, tf.concat([doubleSize(up16), quarter], 3), 1);
    const { weight, bias } = parameters.heat;
    const heat = tf.add(tf.conv2d(up32, weight, 1, 'same'), bias); // [N, side, side, L]
    const [N, side, , L] = heat.shape as [number, number, number, number];
    // Softmax over the last axis is the fast one on every backend.
    const maps = tf.transpose(tf.reshape(heat, [N, side * side, L]), [0, 2, 1]); // [N, L, cells]
    const probability = tf.reshape(tf.softmax(maps, 2), [N * L, side * side]);
    return tf.reshape(tf.matMul(probability, cellCentres(side, resolution)), [N, L, 2]) as tf.Tensor3D;
  });
}

function convolve({ weight, bias }: ConvParameters, x: tf.Tensor4D, stride: number): tf.Tensor4D {
  return tf.relu(tf.add(tf.conv2d(x, weight, stride, 'same'), bias)) as tf.Tensor4D;
}

/**
 * Every pixel four times: `[N, H, W, C]` → `[N, 2H, 2W, C]`, by concatenation because its gradient exists on every
 * backend.
 */
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
