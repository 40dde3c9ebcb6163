import { InvalidArgumentError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { userControllableLtInput } from '../user-controllable-lt/network-input.js';
import { userControllableLt } from '../user-controllable-lt/user-controllable-lt.js';
import type { LoadedUserControllableLt } from '../user-controllable-lt/weights.js';
import type { DragMethod } from './drag-method.js';

/** What tables and command lines call it, also where no network is loaded. */
export const userControllableLtLabel = { name: 'uclt', title: 'UserControllableLT' } as const;

/**
 * UserControllableLT: one pass of a network, scaled by the length of the drag. Reads the parameters and does not own
 * them.
 */
export function userControllableLtMethod({ config, parameters }: LoadedUserControllableLt): DragMethod {
  return {
    ...userControllableLtLabel,
    async run({ generator, numWs, wDim }, { w, points }) {
      if (config.numWs !== numWs || config.wDim !== wDim) {
        throw new InvalidArgumentError(
          `userControllableLtMethod: it was trained for codes of ${config.numWs} x ${config.wDim}, the model has ${numWs} x ${wDim}. Train one for this model.`,
        );
      }
      const from = performance.now();
      const edited = tf.tidy(() => {
        const code = tf.tensor3d(w, [1, numWs, wDim]);
        const map = generator.features(code, config.featureResolution).features[config.featureResolution]!;
        const drag = { w: code, map, rows: [0], scaled: true };
        const layers = userControllableLt(parameters, config, userControllableLtInput(config, [{ points }], drag));
        return tf.concat([layers, tf.slice(code, [0, config.editedLayers, 0], [1, -1, -1])], 1);
      });
      try {
        const result = Float32Array.from(await edited.data());
        const milliseconds = performance.now() - from;
        return { moments: [{ milliseconds, w: result }], steps: 1, forward: 1, backward: 0, milliseconds };
      } finally {
        edited.dispose();
      }
    },
  };
}
