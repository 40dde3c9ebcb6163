import { appearanceFromLatent, avatarLandmarks, drawLatent, geometryFromLatent, renderAvatar } from '@autodrag/avatars';
import { type LandmarkDetectorParameters, landmarkDetector } from '@autodrag/avatars/detector';
import { createRandom } from '@autodrag/nn';
import { type Generator, mixStyles } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';

export interface GeneratorFidelity {
  /** Mean absolute difference to the renderer, pictures in [-1, 1]. */
  readonly l1: number;
  /** Mean distance of the detected landmarks to the renderer's, visible ones, in pixels: of generated pictures, and of renders. */
  readonly landmarkError: number;
  readonly landmarkErrorOfRenders: number;
}

/** How near the distilled generator comes to the renderer, on codes that training never saw. */
export async function generatorFidelity(
  generator: Generator,
  detector: LandmarkDetectorParameters,
  { samples = 128, seed = 0, batchSize = 8 }: { samples?: number; seed?: number; batchSize?: number } = {},
): Promise<GeneratorFidelity> {
  const { resolution, zDim } = generator.config;
  const random = createRandom(seed).fork('fidelity');
  const size = resolution * resolution * 3;
  const sums = { l1: 0, generated: 0, rendered: 0, landmarks: 0 };
  for (let from = 0; from < samples; from += batchSize) {
    const count = Math.min(batchSize, samples - from);
    const pixels = new Float32Array(count * size);
    const codes = new Float32Array(2 * count * zDim);
    const truth: ReturnType<typeof avatarLandmarks>[] = [];
    for (let i = 0; i < count; i++) {
      const shapeCode = drawLatent(random, zDim);
      const colourCode = drawLatent(random, zDim);
      codes.set(shapeCode, i * zDim);
      codes.set(colourCode, (count + i) * zDim);
      const geometry = geometryFromLatent(shapeCode);
      renderAvatar(
        { geometry, appearance: appearanceFromLatent(colourCode) },
        { resolution, out: pixels.subarray(i * size, (i + 1) * size) },
      );
      truth.push(avatarLandmarks(geometry, { resolution }));
    }
    const [l1, generated, rendered] = tf.tidy(() => {
      const ws = generator.mapping(tf.tensor2d(codes, [2 * count, zDim]));
      const [shape, colour] = tf.split(ws, 2, 0) as [tf.Tensor3D, tf.Tensor3D];
      const images = generator.synthesis(mixStyles(shape, colour, 6));
      const renders = tf.tensor4d(pixels, [count, resolution, resolution, 3]);
      return [
        tf.mean(tf.abs(tf.sub(images, renders))),
        landmarkDetector(detector, images),
        landmarkDetector(detector, renders),
      ];
    }) as [tf.Scalar, tf.Tensor3D, tf.Tensor3D];
    const [difference, inGenerated, inRendered] = await Promise.all([l1.data(), generated.data(), rendered.data()]);
    tf.dispose([l1, generated, rendered]);
    sums.l1 += difference[0]! * count;
    truth.forEach(({ points, visible }, i) => {
      for (let k = 0; k < visible.length; k++) {
        if (!visible[k]) continue;
        const at = 2 * (i * visible.length + k);
        const error = (found: ArrayLike<number>) =>
          Math.hypot(found[at]! - points[2 * k]!, found[at + 1]! - points[2 * k + 1]!);
        sums.generated += error(inGenerated!);
        sums.rendered += error(inRendered!);
        sums.landmarks += 1;
      }
    });
  }
  return {
    l1: sums.l1 / samples,
    landmarkError: sums.generated / sums.landmarks,
    landmarkErrorOfRenders: sums.rendered / sums.landmarks,
  };
}
