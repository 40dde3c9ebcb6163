import { type Autodrag, pictureFromTensor } from '@autodrag/autodrag';
import type { Figure, FigureTile } from '@autodrag/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import { encodePng, encodeSvg } from '../node/images.js';
import { type DrawnTile, figureSvg } from '../plot/figure-svg.js';

/** A figure as PNG bytes, its pictures made by the generator. */
export async function drawFigure(
  { generator, numWs, wDim }: Pick<Autodrag, 'generator' | 'numWs' | 'wDim'>,
  { columns, rows }: Figure,
): Promise<Uint8Array> {
  const draw = async ({ w, ...over }: FigureTile): Promise<DrawnTile> => {
    const image = tf.tidy(() => generator.synthesis(tf.tensor3d(w, [1, numWs, wDim])));
    try {
      const picture = await pictureFromTensor(image);
      return { ...over, width: picture.width, height: picture.height, png: await encodePng(picture) };
    } finally {
      image.dispose();
    }
  };
  const drawn: { title: string; tiles: (DrawnTile | null)[] }[] = [];
  for (const { title, tiles } of rows) {
    const row: (DrawnTile | null)[] = [];
    for (const one of tiles) row.push(one && (await draw(one)));
    drawn.push({ title, tiles: row });
  }
  return encodeSvg(figureSvg({ columns, rows: drawn }));
}
