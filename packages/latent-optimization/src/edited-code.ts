import { assertGradientsRegistered, createAdam, disposeParameters, matchShape, valueAndGrads } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { checkBlock, checkNumber } from './check-options.js';
import type { FeatureGenerator } from './feature-generator.js';

/** A code of which the first layers are optimised. It owns its tensors. */
export type EditedCode = {
  readonly numWs: number;
  readonly wDim: number;
  /** Features of the code as it is now, without gradients. The caller's. */
  features(): tf.Tensor4D;
  /**
   * One pass forth and back: the loss of the features, and its gradient with respect to the edited layers,
   * `[1, editedLayers, wDim]`. Both the caller's.
   */
  gradient(loss: (features: tf.Tensor4D) => tf.Scalar): { value: tf.Scalar; gradient: tf.Tensor3D };
  /** One step of Adam. */
  update(gradient: tf.Tensor3D): void;
  /** The whole code, `[numWs * wDim]`. */
  read(): Promise<Float32Array>;
  dispose(): void;
};

export type EditedCodeOptions = {
  /** Layers of the code that change. */
  editedLayers: number;
  learningRate: number;
  /** Height of the block whose features are read. */
  resolution: number;
};

/**
 * @param w `[1, numWs, wDim]`, copied
 * @param where the public function, for messages
 */
export function createEditedCode(
  generator: FeatureGenerator,
  w: tf.Tensor3D,
  { editedLayers, learningRate, resolution }: EditedCodeOptions,
  where: string,
): EditedCode {
  assertGradientsRegistered(where);
  const { numWs, wDim } = matchShape(w.shape, [1, 'numWs', 'wDim'], `${where}: w`);
  checkNumber(`${where}: editedLayers`, editedLayers, { from: 1, whole: true });
  checkNumber(`${where}: learningRate`, learningRate, { above: 0 });
  checkBlock(`${where}: resolution`, resolution, generator);
  const edited = Math.min(editedLayers, numWs);
  let local = tf.slice(w, [0, 0, 0], [1, edited, wDim]);
  const kept = edited < numWs ? tf.slice(w, [0, edited, 0], [1, numWs - edited, wDim]) : null;
  const adam = createAdam();
  let state = adam.init({ local });

  const whole = (first: tf.Tensor3D) => (kept ? (tf.concat([first, kept], 1) as tf.Tensor3D) : tf.clone(first));
  const featuresOf = (ws: tf.Tensor3D) => generator.features(ws, resolution).features[resolution]!;
  return {
    numWs,
    wDim,
    // On the same path as those that are differentiated: kernels without a gradient round otherwise, and the mask's L1
    // would make a step out of that where nothing has moved yet. The code is put together before: what a tape has kept
    // stays behind if the generator throws.
    features: () =>
      tf.tidy(() => {
        const ws = whole(local);
        return tf.engine().gradients(() => featuresOf(ws), [tf.scalar(0)], undefined, true).value as tf.Tensor4D;
      }),
    gradient(loss) {
      const { value, grads } = valueAndGrads((parameters) => loss(featuresOf(whole(parameters.local))), { local });
      return { value, gradient: grads.local };
    },
    update(gradient) {
      const next = adam.update({ local }, { local: gradient }, state, { learningRate });
      next.gradNorm.dispose();
      local.dispose();
      disposeParameters(state);
      local = next.parameters.local;
      state = next.state;
    },
    async read() {
      const ws = tf.tidy(() => whole(local));
      try {
        return Float32Array.from(await ws.data());
      } finally {
        ws.dispose();
      }
    },
    dispose() {
      tf.dispose(kept ? [local, kept] : [local]);
      disposeParameters(state);
    },
  };
}

/** Whether a tensor can be read at once, in the middle of a pass. webgpu cannot. */
export function canReadAtOnce(): boolean {
  return tf.getBackend() !== 'webgpu';
}
