import type { Autodrag } from '@autodrag/autodrag';
import { drawCodes } from '@autodrag/autodrag/training';
import { perturbCodes } from '@autodrag/latent-regularizer';
import { createRandom, InvalidArgumentError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { Figure } from './figure.js';

/**
 * The paper's Figure 4: codes, outlier codes made of them (Eq. 1), and what the regularizer makes of these.
 *
 * @throws InvalidArgumentError if the model has no regularizer
 */
export async function regularizerFigure(
  { generator, regularizer }: Pick<Autodrag, 'generator' | 'regularizer'>,
  { rows = 4, seed = 0, truncationPsi = 0.7 }: { rows?: number; seed?: number; truncationPsi?: number } = {},
): Promise<Figure> {
  if (!regularizer) throw new InvalidArgumentError('regularizerFigure: the model has no regularizer.');
  const random = createRandom(seed).fork('regularizer figure');
  const { editedLayers } = regularizer.config;
  const codes = tf.tidy(() => {
    const clean = drawCodes(random, generator, rows, { truncationPsi });
    const { statistics } = regularizer.parameters;
    const outliers = perturbCodes(random, clean, { statistics, editedLayers });
    return [clean, outliers, regularizer.restore(outliers)] as never;
  }) as tf.Tensor3D[];
  try {
    const values = await Promise.all(codes.map((one) => one.data()));
    const of = (column: number, row: number) => {
      const all = values[column] as Float32Array;
      return Float32Array.from(all.subarray((row * all.length) / rows, ((row + 1) * all.length) / rows));
    };
    return {
      columns: ['w', "outlier w' (Eq. 1)", "restored R(w')"],
      rows: Array.from({ length: rows }, (_, row) => ({
        title: '',
        tiles: [0, 1, 2].map((column) => ({ w: of(column, row) })),
      })),
    };
  } finally {
    tf.dispose(codes);
  }
}
