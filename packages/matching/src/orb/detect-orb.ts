import type { GreyImage } from '../image/to-grey.js';
import { type OpenCvBox, openCvMessage } from './load-opencv.js';

/** ORB's settings. */
export type OrbSettings = {
  features: number;
  fastThreshold: number;
  /** Images whose longer side is shorter than this are enlarged to it (cubic) before ORB sees them. */
  minSize: number;
};

/** Key points with their descriptors. */
export type OrbFeatures = {
  /** `[n * 2]` x, y in pixels of the image that came in; the centre of pixel (0, 0) is (0, 0). */
  points: Float32Array;
  /** `[n * 32]`. */
  descriptors: Uint8Array;
};

/**
 * Nothing is found within 31 pixels of the border, so smaller images hold no key point (and 1 x 1 makes OpenCV throw).
 */
const SMALLEST = 63;

/** Smaller images are not enlarged: there is nothing in them to describe. */
const SMALLEST_ENLARGED = 16;

type Deletable = { delete(): void };

/**
 * OpenCV's ORB. Without argument checks; runs in workers. Deterministic.
 *
 * @throws Error with OpenCV's message
 */
export function detectOrb(
  box: OpenCvBox,
  image: GreyImage,
  { features, fastThreshold, minSize }: OrbSettings,
): OrbFeatures {
  const { cv } = box;
  const tiny = Math.min(image.width, image.height) < SMALLEST_ENLARGED;
  const enlarge = tiny ? 1 : Math.max(1, minSize / Math.max(image.width, image.height));
  const width = Math.round(image.width * enlarge);
  const height = Math.round(image.height * enlarge);
  if (Math.min(width, height) < SMALLEST) return { points: new Float32Array(0), descriptors: new Uint8Array(0) };

  const owned: Deletable[] = [];
  const own = <T extends Deletable>(value: T): T => {
    owned.push(value);
    return value;
  };
  try {
    let mat = own(new cv.Mat(image.height, image.width, cv.CV_8UC1));
    mat.data.set(image.data);
    if (enlarge > 1) {
      const large = own(new cv.Mat());
      cv.resize(mat, large, new cv.Size(width, height), 0, 0, cv.INTER_CUBIC);
      mat = large;
    }
    const orb = own(new cv.ORB(features)) as unknown as Deletable & {
      setFastThreshold(value: number): void;
      detectAndCompute(image: unknown, mask: unknown, keyPoints: unknown, descriptors: unknown): void;
    };
    orb.setFastThreshold(fastThreshold);
    const keyPoints = own(new cv.KeyPointVector());
    const descriptors = own(new cv.Mat());
    orb.detectAndCompute(mat, own(new cv.Mat()), keyPoints, descriptors);
    const count = Math.min(keyPoints.size(), descriptors.rows);
    const points = new Float32Array(count * 2);
    const scaleX = image.width / width;
    const scaleY = image.height / height;
    for (let i = 0; i < count; i++) {
      const { x, y } = keyPoints.get(i).pt;
      points[2 * i] = enlarge > 1 ? (x + 0.5) * scaleX - 0.5 : x;
      points[2 * i + 1] = enlarge > 1 ? (y + 0.5) * scaleY - 0.5 : y;
    }
    return {
      points,
      descriptors: count ? new Uint8Array(descriptors.data.subarray(0, count * 32)) : new Uint8Array(0),
    };
  } catch (error) {
    throw new Error(openCvMessage(box, error));
  } finally {
    for (const object of owned.reverse()) {
      try {
        object.delete();
      } catch {
        // after an abort nothing can be freed any more
      }
    }
  }
}
