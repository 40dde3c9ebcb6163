import type * as tf from '@tensorflow/tfjs-core';

/**
 * Pixels in rows, as a browser's `ImageData` has them, or with 1 or 3 channels: which of them is told by
 * `data.length / (width * height)`. Values 0 to 255.
 */
export type PixelImage = {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
};

/**
 * Feature maps of a generator, each `[B, h, w, C]`, of any resolutions: a list, or keyed by resolution as
 * `generator.features` returns them.
 */
export type FeatureMaps = readonly tf.Tensor4D[] | { readonly [resolution: number]: tf.Tensor4D };

/** An image that is known by its feature maps. `width` and `height` are those of the image, in pixels. */
export type FeatureImage = {
  readonly features: FeatureMaps;
  readonly width: number;
  readonly height: number;
  /** The picture itself, for matchers that look at pixels. */
  readonly image?: tf.Tensor3D | tf.Tensor4D | PixelImage;
};

/**
 * What a matcher accepts. Tensors are `[H, W, 3]`, `[H, W, 1]` or the same with a leading 1: float32 in [-1, 1], int32
 * in 0 to 255. A string or URL is a path or address of an image file, a `Uint8Array` an image file's bytes; both need a
 * decoder.
 */
export type ImageLike = tf.Tensor3D | tf.Tensor4D | PixelImage | FeatureImage | string | URL | Uint8Array;

/** Reads an image file. The default is `decodeImage`. */
export type ImageDecoder = (source: string | URL | Uint8Array) => Promise<PixelImage>;
