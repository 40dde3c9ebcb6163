import { matchShape, WeightFileError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { readNpz } from './read-npz.js';

export type LpipsNetwork = 'alex' | 'squeeze';

/** A perceptual distance. It owns its weights. */
export type Lpips = {
  readonly network: LpipsNetwork;
  /**
   * LPIPS v0.1 of pairs of pictures, larger for less alike ones.
   *
   * @param a `[N, height, width, 3]` in [-1, 1], at least 64 pixels a side
   * @param b the same
   * @returns `[N]`
   */
  distance(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor1D;
  /**
   * The last layer's activations, mean over places, `[N, C]`: what pictures show, for Fréchet distances and identity.
   */
  features(images: tf.Tensor4D): tf.Tensor2D;
  dispose(): void;
};

/**
 * LPIPS (Zhang et al. 2018) v0.1 with AlexNet or SqueezeNet 1.1.
 *
 * The file is an `.npz` with convolution kernels `[kh, kw, I, O]`, biases, and the heads as vectors: for AlexNet
 * `alex_conv{1…5}_{w,b}` and `alex_lin{0…4}`; for SqueezeNet `squeeze_s1_sequential_conv2d_{w,b}`,
 * `squeeze_s{2…7}___fire[_1]_{sequential,expand1x1,expand3x3}_conv2d_{w,b}` and `squeeze_lin{0…6}`.
 *
 * @throws WeightFileError if an array is missing or the file is none
 */
export function loadLpips(bytes: Uint8Array, { network = 'alex' }: { network?: LpipsNetwork } = {}): Lpips {
  const arrays = readNpz(bytes);
  const weights = new Map<string, tf.Tensor>();
  for (const [name, { shape, data }] of arrays) {
    if (name.startsWith(`${network}_`)) weights.set(name, tf.tensor(data, [...shape]));
  }
  const take = (name: string): tf.Tensor => {
    const found = weights.get(`${network}_${name}`);
    if (found) return found;
    throw new WeightFileError(`loadLpips: the file has no array '${network}_${name}'`);
  };
  const activations = network === 'alex' ? alexNet : squeezeNet;
  const heads = network === 'alex' ? 5 : 7;
  const dispose = () => tf.dispose([...weights.values()]);
  try {
    // every array is asked for once, so that a wrong file fails here
    tf.tidy(() => void activations(tf.zeros([1, 64, 64, 3]), take));
    for (let i = 0; i < heads; i++) take(`lin${i}`);
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    network,
    distance(a, b) {
      const { N } = matchShape(a.shape, ['N', 'height', 'width', 3], 'lpips: a');
      matchShape(b.shape, a.shape, 'lpips: b');
      return tf.tidy(() => {
        const [first, second] = [activations(scaled(a), take), activations(scaled(b), take)];
        const parts = first.map((one, i) => {
          const difference = tf.square(tf.sub(unit(one), unit(second[i]!)));
          return tf.mean(tf.sum(tf.mul(difference, take(`lin${i}`)), 3), [1, 2]);
        });
        return tf.reshape(tf.addN(parts), [N!]) as tf.Tensor1D;
      });
    },
    features(images) {
      matchShape(images.shape, ['N', 'height', 'width', 3], 'lpips: images');
      return tf.tidy(() => tf.mean(activations(scaled(images), take).at(-1)!, [1, 2]) as tf.Tensor2D);
    },
    dispose,
  };
}

type Take = (name: string) => tf.Tensor;

/** From [-1, 1] to what the networks were trained on. */
function scaled(images: tf.Tensor4D): tf.Tensor4D {
  return tf.div(tf.sub(images, tf.tensor1d([-0.03, -0.088, -0.188])), tf.tensor1d([0.458, 0.448, 0.45]));
}

/** Each place scaled to length 1 over its channels. */
function unit(x: tf.Tensor4D): tf.Tensor4D {
  return tf.div(x, tf.add(tf.sqrt(tf.sum(tf.square(x), 3, true)), 1e-10));
}

function convolution(x: tf.Tensor4D, take: Take, name: string, stride = 1, padding = 0): tf.Tensor4D {
  const padded: tf.Tensor4D =
    padding > 0
      ? tf.pad4d(x, [
          [0, 0],
          [padding, padding],
          [padding, padding],
          [0, 0],
        ])
      : x;
  const sums = tf.conv2d(padded, take(`${name}_w`) as tf.Tensor4D, stride, 'valid');
  return tf.relu(tf.add(sums, take(`${name}_b`)) as tf.Tensor4D);
}

/** 3 × 3, stride 2. What hangs over the border counts (`ceil_mode`) or not; zeros change no maximum of activations. */
function pooled(x: tf.Tensor4D, ceil: boolean): tf.Tensor4D {
  const over = (size: number): [number, number] => [0, ceil && (size - 3) % 2 !== 0 ? 1 : 0];
  const padded = ceil ? tf.pad4d(x, [[0, 0], over(x.shape[1]), over(x.shape[2]), [0, 0]]) : x;
  return tf.maxPool(padded, 3, 2, 'valid');
}

function alexNet(images: tf.Tensor4D, take: Take): tf.Tensor4D[] {
  const first = convolution(images, take, 'conv1', 4, 2);
  const second = convolution(pooled(first, false), take, 'conv2', 1, 2);
  const third = convolution(pooled(second, false), take, 'conv3', 1, 1);
  const fourth = convolution(third, take, 'conv4', 1, 1);
  return [first, second, third, fourth, convolution(fourth, take, 'conv5', 1, 1)];
}

function squeezeNet(images: tf.Tensor4D, take: Take): tf.Tensor4D[] {
  const fire = (x: tf.Tensor4D, name: string): tf.Tensor4D => {
    const squeezed = convolution(x, take, `${name}_sequential_conv2d`);
    const [narrow, wide] = [
      convolution(squeezed, take, `${name}_expand1x1_conv2d`),
      convolution(squeezed, take, `${name}_expand3x3_conv2d`, 1, 1),
    ];
    return tf.concat([narrow, wide], 3) as tf.Tensor4D;
  };
  const all = [convolution(images, take, 's1_sequential_conv2d', 2)];
  for (const stage of [2, 3, 4, 5, 6, 7]) {
    const before = all.at(-1)!;
    const input = stage <= 4 ? pooled(before, true) : before;
    const once = fire(input, `s${stage}___fire`);
    all.push(stage <= 3 ? fire(once, `s${stage}___fire_1`) : once);
  }
  return all;
}
