import type * as tf from '@tensorflow/tfjs-core';

/**
 * What an optimiser needs of a generator. One of `@autodrag/stylegan2` is one as it is; any other network whose
 * features are differentiable in the code becomes one with a few lines.
 */
export type FeatureGenerator = {
  readonly config: {
    /** Height of the image in pixels: `constSize[0]` times a power of two */
    readonly resolution: number;
    /** Height and width of the first block's map; the image has the same proportion */
    readonly constSize: readonly [height: number, width: number];
  };
  /**
   * Features that leave the block of this height, `[1, resolution, width, C]`, of the code `ws`, `[1, numWs, wDim]`.
   * Differentiable in `ws`. The result is the caller's.
   */
  features(ws: tf.Tensor3D, resolution: number): { readonly features: Readonly<Record<number, tf.Tensor4D>> };
};

/** Height and width of a picture or a map. */
export type Size = { readonly height: number; readonly width: number };

/** Size of the picture. */
export function pictureSize({ config: { resolution, constSize } }: Pick<FeatureGenerator, 'config'>): Size {
  return { height: resolution, width: (resolution / constSize[0]) * constSize[1] };
}

/**
 * Height of the sixth block, which DragGAN and FreeDrag read (b128 of a 4×4 constant), or of the last one if there are
 * fewer.
 */
export function sixthBlock({ config: { resolution, constSize } }: FeatureGenerator): number {
  return Math.min(constSize[0] * 2 ** 5, resolution);
}
