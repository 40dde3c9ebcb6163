import { dragGan, freeDrag, refine } from '@autodrag/latent-optimization';
import type { LatentRegularizer } from '@autodrag/latent-regularizer';
import { createRandom } from '@autodrag/nn';
import { type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from './optimizer.js';

/** Codes that the covariance is taken over. */
const samples = 1024;

/** Wires generator and regularizer to the optimisers. It reads the models and does not own them. */
export function createOptimizer(generator: Generator, regularizer: LatentRegularizer | null): Optimizer {
  const shape: [number, number, number] = [1, numWs(generator.config), generator.config.wDim];
  let covariance: tf.Tensor2D | null = null;
  return {
    async *optimize(method, w, points, { mask, steps, signal }) {
      const start = tf.tensor3d(w, shape);
      const drag = method === 'draggan' ? dragGan : freeDrag;
      try {
        for await (const step of drag(generator, start, points, { mask, steps, signal })) yield { ...step, best: true };
      } finally {
        start.dispose();
      }
    },
    async *refine({ before, w, points, ...options }) {
      covariance ??= codeCovariance(generator);
      const from = tf.tensor3d(before, shape);
      const start = tf.tensor3d(w, shape);
      const regularize = regularizer ? (ws: tf.Tensor3D) => regularizer.restore(ws) : undefined;
      try {
        yield* refine(generator, from, start, points, { ...options, covariance, regularize });
      } finally {
        tf.dispose([from, start]);
      }
    },
    dispose() {
      covariance?.dispose();
      covariance = null;
    },
  };
}

/** How the generator's codes vary, `[wDim, wDim]`. Of a conditional generator over its classes alike. */
function codeCovariance(generator: Generator): tf.Tensor2D {
  const { zDim, cDim, wDim } = generator.config;
  const random = createRandom(1).fork('code-covariance');
  return tf.tidy(() => {
    const z = random.normalTensor([samples, zDim]) as tf.Tensor2D;
    const classes = tf.tensor1d(
      Int32Array.from({ length: samples }, (_, i) => i % Math.max(cDim, 1)),
      'int32',
    );
    const c = cDim > 0 ? (tf.cast(tf.oneHot(classes, cDim), 'float32') as tf.Tensor2D) : undefined;
    const ws = generator.mapping(z, { truncationPsi: 0.7, c });
    const codes = tf.reshape(tf.slice(ws, [0, 0, 0], [samples, 1, wDim]), [samples, wDim]);
    const centred = tf.sub(codes, tf.mean(codes, 0));
    return tf.div(tf.matMul(centred, centred, true), samples) as tf.Tensor2D;
  });
}
