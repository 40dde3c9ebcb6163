import { avatarDomain } from '@autodrag/avatars';
import { createRandom } from '@autodrag/nn';
import { drawLatent, type Landmarks, type RenderedDomain } from '@autodrag/rendered-domain';
import { type LandmarkDetectorParameters, landmarkDetector } from '@autodrag/rendered-domain/detector';
import { type Generator, mixStyles } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { type PictureSharpness, pictureSharpness } from './sharpness/picture-sharpness.js';

/** Of each picture; pictures in [-1, 1], distances in pixels. */
type PictureFidelity = PictureSharpness & {
  /** Mean absolute difference to the renderer. */
  readonly l1: number;
  /**
   * Mean distance of the detected landmarks to the renderer's, visible ones: in the generated picture, and in the
   * render.
   */
  readonly landmarkError: number;
  readonly landmarkErrorOfRenders: number;
};

/** Means over the pictures. Parts are the boxes of the domain: eyes with their brows and the mouth of avatars. */
export type GeneratorFidelity = PictureFidelity & {
  readonly samples: number;
  /** Half of the 95 % interval of each mean: 1.96 standard errors. */
  readonly interval: { readonly [name in keyof PictureFidelity]: number };
};

/** How near the distilled generator comes to the renderer, on codes that training never saw. */
export async function generatorFidelity(
  generator: Generator,
  detector: LandmarkDetectorParameters,
  {
    domain = avatarDomain,
    samples = 128,
    seed = 0,
    batchSize = 8,
  }: {
    /** The renderer. @default the avatars */
    domain?: RenderedDomain;
    samples?: number;
    seed?: number;
    batchSize?: number;
  } = {},
): Promise<GeneratorFidelity> {
  const { resolution, zDim } = generator.config;
  const random = createRandom(seed).fork('fidelity');
  const size = resolution * resolution * 3;
  const rows: PictureFidelity[] = [];
  for (let from = 0; from < samples; from += batchSize) {
    const count = Math.min(batchSize, samples - from);
    const pixels = new Float32Array(count * size);
    const codes = new Float32Array(2 * count * zDim);
    const shapes: Float32Array[] = [];
    for (let i = 0; i < count; i++) {
      const shapeCode = drawLatent(random, zDim);
      const colourCode = drawLatent(random, zDim);
      codes.set(shapeCode, i * zDim);
      codes.set(colourCode, (count + i) * zDim);
      domain.render(shapeCode, colourCode, { resolution, out: pixels.subarray(i * size, (i + 1) * size) });
      shapes.push(shapeCode);
    }
    const [images, generated, rendered] = tf.tidy(() => {
      const ws = generator.mapping(tf.tensor2d(codes, [2 * count, zDim]));
      const [shape, colour] = tf.split(ws, 2, 0) as [tf.Tensor3D, tf.Tensor3D];
      const drawn = generator.synthesis(mixStyles(shape, colour, 6));
      const renders = tf.tensor4d(pixels, [count, resolution, resolution, 3]);
      return [drawn, landmarkDetector(detector, drawn), landmarkDetector(detector, renders)];
    }) as [tf.Tensor4D, tf.Tensor3D, tf.Tensor3D];
    const [all, inGenerated, inRendered] = (await Promise.all(
      [images, generated, rendered].map((tensor) => tensor.data()),
    )) as [Float32Array, Float32Array, Float32Array];
    tf.dispose([images, generated, rendered]);
    shapes.forEach((shape, i) => {
      const truth = domain.landmarks(shape, { resolution });
      const image = all.subarray(i * size, (i + 1) * size);
      const render = pixels.subarray(i * size, (i + 1) * size);
      const L = inGenerated.length / count;
      rows.push({
        ...pictureSharpness(image, render, { side: resolution, boxes: domain.parts(shape, { resolution }) }),
        l1: image.reduce((sum, value, k) => sum + Math.abs(value - render[k]!), 0) / size,
        landmarkError: landmarkError(truth, inGenerated.subarray(i * L, (i + 1) * L)),
        landmarkErrorOfRenders: landmarkError(truth, inRendered.subarray(i * L, (i + 1) * L)),
      });
    });
  }
  const names = Object.keys(rows[0]!) as (keyof PictureFidelity)[];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const column = (name: keyof PictureFidelity) => rows.map((row) => row[name]);
  const each = (f: (values: number[]) => number) =>
    Object.fromEntries(names.map((name) => [name, f(column(name))])) as { [name in keyof PictureFidelity]: number };
  const interval = each((values) => {
    const average = mean(values);
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / Math.max(1, values.length - 1);
    return 1.96 * Math.sqrt(variance / values.length);
  });
  return { ...each(mean), samples, interval };
}

/** Mean distance of the visible landmarks from where they were found. */
function landmarkError({ points, visible }: Landmarks, found: Float32Array): number {
  const errors = Array.from(visible.keys()).flatMap((k) =>
    visible[k] ? [Math.hypot(found[2 * k]! - points[2 * k]!, found[2 * k + 1]! - points[2 * k + 1]!)] : [],
  );
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
