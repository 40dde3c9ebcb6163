import { InvalidArgumentError } from '@autodrag/nn';
import type { Judge } from './judge.js';

/** The part of `@vladmandic/face-api` that the judge uses, of any of its builds. */
export type FaceApi = {
  readonly tf: {
    tensor3d(values: Float32Array, shape: [number, number, number]): { dispose(): void };
    readonly io: { decodeWeights(bytes: ArrayBuffer, specs: never): unknown };
  };
  readonly nets: Readonly<Record<'tinyFaceDetector' | 'faceLandmark68Net', FaceNetwork>>;
  readonly TinyFaceDetectorOptions: new (options: { scoreThreshold: number }) => object;
  detectSingleFace(
    image: never,
    options: never,
  ): {
    withFaceLandmarks(): PromiseLike<
      { readonly landmarks: { readonly positions: readonly { x: number; y: number }[] } } | undefined
    >;
  };
};

type FaceNetwork = { loadFromWeightMap(weights: never): unknown };

/** One of face-api's networks: the parsed `…-weights_manifest.json`, and the bytes of its `.bin`. */
export type FaceWeights = { readonly manifest: unknown; readonly bytes: Uint8Array };

/** In the 68: outer corners of the eyes, nose tip, corners of the mouth. */
const five = [36, 45, 30, 48, 54];
const count = 68;
/** Faces that are less certain count as none. */
const scoreThreshold = 0.2;

/**
 * A judge of faces: the 68 points of face-api, where its small detector finds a face. Faces are looked for in every
 * picture anew. The networks are loaded into the given module, whose TensorFlow.js needs a backend.
 *
 * @param faceApi what `@vladmandic/face-api` exports; not imported here, since few need it
 * @param weights `tiny_face_detector_model` and `face_landmark_68_model`
 * @throws InvalidArgumentError if the weights do not belong to these networks
 */
export async function loadFaceJudge(
  faceApi: FaceApi,
  weights: { readonly detector: FaceWeights; readonly landmarks: FaceWeights },
): Promise<Judge> {
  const { tf, nets } = faceApi;
  for (const [network, given, name] of [
    [nets.tinyFaceDetector, weights.detector, 'tiny_face_detector_model'],
    [nets.faceLandmark68Net, weights.landmarks, 'face_landmark_68_model'],
  ] as const) {
    const groups = given.manifest as { weights: unknown[] }[];
    try {
      const specs = groups.flatMap((group) => group.weights) as never;
      await network.loadFromWeightMap(tf.io.decodeWeights(Uint8Array.from(given.bytes).buffer, specs) as never);
    } catch (error) {
      throw new InvalidArgumentError(
        `loadFaceJudge: these are not the weights of ${name}: ${(error as Error).message}. Give its weights_manifest.json and .bin.`,
        { cause: error },
      );
    }
  }
  return {
    name: 'face-api, 68 points',
    ...{ count, five },
    error: 'the 68 points of @vladmandic/face-api; how far off they are on these pictures is not known',
    async locate(image) {
      const [, height, width] = image.shape;
      const values = Float32Array.from(await image.data(), (value) => Math.min(Math.max(127.5 * (value + 1), 0), 255));
      const picture = tf.tensor3d(values, [height, width, 3]);
      try {
        const options = new faceApi.TinyFaceDetectorOptions({ scoreThreshold });
        const face = await faceApi.detectSingleFace(picture as never, options as never).withFaceLandmarks();
        if (face?.landmarks.positions.length !== count) return null;
        return Float32Array.from(face.landmarks.positions.flatMap(({ x, y }) => [x, y]));
      } finally {
        picture.dispose();
      }
    },
  };
}
