import { type StyleGan2Config, type StyleGan2Parameters, synthesis } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The block after which only a window is computed: where most of the work is still to come and all that is global is
 * done.
 */
export const windowBlock = 64;
/** Cells of that block around a window which are computed and thrown away: their neighbours are missing. */
export const windowMargin = 3;

/** Upper left corner of a window, in cells of the 64x64 block. */
export type WindowCorner = {
  readonly column: number;
  readonly row: number;
};

/**
 * A part of each picture: all blocks up to 64x64 whole, the finer ones for a window alone and the few cells around it.
 * At 256x256 a window of half the side costs about two fifths of what the whole picture costs. Next to the border of
 * the picture it is exact; elsewhere the last layers miss neighbours beyond the margin, which few pixels at the
 * window's edge can tell.
 *
 * @param ws `[N, numWs, wDim]`
 * @param corners one for each picture; `column + side` and `row + side` at most 64
 * @param side of the window, in cells of the 64x64 block
 * @returns `[N, side · k, side · k, 3]`, k = resolution / 64
 */
export function synthesizeWindow(
  parameters: Pick<StyleGan2Parameters, 'synthesis'>,
  config: StyleGan2Config,
  ws: tf.Tensor3D,
  { resolution, corners, side }: { resolution: number; corners: readonly WindowCorner[]; side: number },
): tf.Tensor4D {
  return tf.tidy(() => {
    const { features, images } = synthesis(parameters, config, ws, {
      noise: 'none',
      features: [windowBlock],
      images: [windowBlock],
      until: windowBlock,
    });
    const padded = Math.min(windowBlock, side + 2 * windowMargin);
    // A window near the border gets its margin on the other side.
    const starts = corners.map(({ column, row }) => ({ column: within(column, padded), row: within(row, padded) }));
    const cut = (x: tf.Tensor4D) =>
      tf.concat(
        starts.map(({ column, row }, i) => tf.slice(x, [i, row, column, 0], [1, padded, padded, -1])),
        0,
      ) as tf.Tensor4D;
    const from = { resolution: windowBlock, x: cut(features[windowBlock]!), rgb: cut(images[windowBlock]!) };
    const image = synthesis(parameters, config, ws, { noise: 'none', from, until: resolution }).image!;
    const scale = resolution / windowBlock;
    return tf.concat(
      corners.map(({ column, row }, i) =>
        tf.slice(
          image,
          [i, (row - starts[i]!.row) * scale, (column - starts[i]!.column) * scale, 0],
          [1, side * scale, side * scale, -1],
        ),
      ),
      0,
    ) as tf.Tensor4D;
  });
}

function within(start: number, padded: number): number {
  return Math.min(windowBlock - padded, Math.max(0, start - windowMargin));
}
