import * as tf from '@tensorflow/tfjs-core';
import { disposeParameters } from '../tree/dispose-parameters.js';
import { mapParameters } from '../tree/map-parameters.js';
import type { Adam } from './adam.js';

/** An optimiser's `updateIfFinite` from its `update`. */
export function guarded(update: Adam['update']): Adam['updateIfFinite'] {
  return async (params, grads, state, options) => {
    const updated = update(params, grads, state, options);
    const gradNorm = (await updated.gradNorm.data())[0]!;
    updated.gradNorm.dispose();
    if (Number.isFinite(gradNorm)) return { params: updated.params, state: updated.state, gradNorm, skipped: false };
    disposeParameters(updated.params);
    tf.dispose([updated.state.m, updated.state.v]);
    return {
      params: mapParameters(params, (tensor) => tf.clone(tensor)),
      state: { step: state.step, m: tf.clone(state.m), v: tf.clone(state.v) },
      gradNorm,
      skipped: true,
    };
  };
}
