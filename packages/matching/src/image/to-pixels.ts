import { InvalidArgumentError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { decodeImage } from './decode-image.js';
import type { FeatureImage, ImageDecoder, ImageLike, PixelImage } from './image-like.js';

/** Most pixels that a matcher takes: 4096 x 4096. */
export const MAX_PIXELS = 4096 * 4096;

export const isTensor = (value: unknown): value is tf.Tensor => value instanceof tf.Tensor;

/** Whether an image comes with feature maps. */
export const hasFeatures = (value: unknown): value is FeatureImage =>
  typeof value === 'object' && value !== null && 'features' in value;

function checkPixels(image: PixelImage, where: string): PixelImage {
  const { data, width, height } = image;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new InvalidArgumentError(
      `${where}: expected a picture of at least 1 x 1 pixel, got ${String(width)} x ${String(height)}`,
    );
  }
  if (width * height > MAX_PIXELS) {
    throw new InvalidArgumentError(
      `${where}: ${width} x ${height} is more than ${MAX_PIXELS} pixels (4096 x 4096). Scale the image down first.`,
    );
  }
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new InvalidArgumentError(`${where}: data must be a Uint8Array or Uint8ClampedArray`);
  }
  const channels = data.length / (width * height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new InvalidArgumentError(
      `${where}: ${width} x ${height} needs 1, 3 or 4 bytes a pixel, got ${data.length} bytes`,
    );
  }
  return image;
}

async function tensorPixels(tensor: tf.Tensor, where: string): Promise<PixelImage> {
  const shape = tensor.shape.length === 4 && tensor.shape[0] === 1 ? tensor.shape.slice(1) : tensor.shape;
  const [height, width, channels] = shape;
  if (shape.length !== 3 || (channels !== 1 && channels !== 3 && channels !== 4)) {
    throw new InvalidArgumentError(`${where}: expected a tensor [H, W, 3] or [1, H, W, 3], got [${tensor.shape}]`);
  }
  if (width! * height! > MAX_PIXELS) {
    throw new InvalidArgumentError(
      `${where}: ${width} x ${height} is more than ${MAX_PIXELS} pixels (4096 x 4096). Scale the image down first.`,
    );
  }
  if (height === 0 || width === 0) {
    throw new InvalidArgumentError(`${where}: expected a picture of at least 1 x 1 pixel, got ${width} x ${height}`);
  }
  const values = await tensor.data();
  const data = new Uint8ClampedArray(values.length); // rounds and clamps; NaN becomes 0
  if (tensor.dtype === 'float32') for (let i = 0; i < data.length; i++) data[i] = (values[i]! + 1) * 127.5;
  else data.set(values as Int32Array);
  return { data, width: width!, height: height! };
}

/**
 * The 8-bit pixels of anything that a matcher accepts.
 *
 * @param where function and argument, put in front of messages
 * @throws InvalidArgumentError if it is no image, or larger than 4096 x 4096 pixels; ImageDecodeError from the decoder
 */
export async function toPixels(
  image: ImageLike,
  where: string,
  decode: ImageDecoder = decodeImage,
): Promise<PixelImage> {
  if (isTensor(image)) return tensorPixels(image, where);
  if (typeof image === 'string' || image instanceof URL || image instanceof Uint8Array) {
    return checkPixels(await decode(image), where);
  }
  if (hasFeatures(image)) {
    if (!image.image)
      throw new InvalidArgumentError(`${where}: has feature maps but no \`image\`, and pixels are needed`);
    return toPixels(image.image, where, decode);
  }
  if (typeof image !== 'object' || image === null || !('data' in image)) {
    throw new InvalidArgumentError(`${where}: expected a tensor, ImageData, a path or the bytes of an image file`);
  }
  return checkPixels(image, where);
}
