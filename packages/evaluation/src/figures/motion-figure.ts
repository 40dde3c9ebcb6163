import type { Autodrag } from '@autodrag/autodrag';
import { drawCodes } from '@autodrag/autodrag/training';
import { joinCodes, motionSequence, stepLambda } from '@autodrag/latent-predictor';
import { createRandom } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { Figure } from './figure.js';

/** The paper's Figure 5: motions as the predictor learns them (Eq. 7), all the way to w*, in its number of steps. */
export async function motionFigure(
  { generator, predictor }: Pick<Autodrag, 'generator' | 'predictor'>,
  { rows = 3, seed = 0, truncationPsi = 0.7 }: { rows?: number; seed?: number; truncationPsi?: number } = {},
): Promise<Figure> {
  const { steps, editedLayers } = predictor?.config ?? { steps: 5, editedLayers: 6 };
  const random = createRandom(seed).fork('motion figure');
  const all = tf.tidy(() => {
    const start = drawCodes(random, generator, rows, { truncationPsi });
    const end = drawCodes(random, generator, rows, { truncationPsi });
    const lambda = stepLambda(1, steps, { spacing: 'linear' });
    return joinCodes(motionSequence(start, end, { steps, lambda, spacing: 'linear', editedLayers }), start);
  });
  try {
    const values = (await all.data()) as Float32Array; // [rows, steps + 1, numWs, wDim]
    const size = values.length / (rows * (steps + 1));
    const at = (index: number) => ({ w: Float32Array.from(values.subarray(index * size, (index + 1) * size)) });
    return {
      columns: Array.from({ length: steps + 1 }, (_, i) => `w${i}`),
      rows: Array.from({ length: rows }, (_, row) => ({
        title: '',
        tiles: Array.from({ length: steps + 1 }, (_, i) => at(row * (steps + 1) + i)),
      })),
    };
  } finally {
    all.dispose();
  }
}
