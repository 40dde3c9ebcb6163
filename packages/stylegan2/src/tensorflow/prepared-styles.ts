import * as tf from '@tensorflow/tfjs-core';
import { activationGain } from '../activation-gain.js';
import type { SynthesisParameters } from '../parameters.js';

/** What turns a W+ code into the styles of all layers at once: see `stylesOf`. */
export type PreparedStyles = {
  /** `[M]`: which layer of the code each affine map reads */
  readonly codes: tf.Tensor1D;
  /** `[M, wDim, C]`, `[M, 1, C]`: all affine maps, convolutions first, filled up with zeros to C channels */
  readonly weight: tf.Tensor3D;
  readonly bias: tf.Tensor3D;
  /** `[K, C, O]`: energies of the K convolutions, over the squares of their gains */
  readonly energy: tf.Tensor3D;
  /** Sizes in which the M · C styles, and the K · O scales, are cut: each layer's channels, then what fills up. */
  readonly styleSizes: readonly number[];
  readonly scaleSizes: readonly number[];
};

/** Of one layer: `[N, I]`, and of a convolution its demodulation times its gain, `[N, O]`. */
export type LayerStyle = { readonly style: tf.Tensor2D; readonly scale: tf.Tensor2D };
/** By block. */
export type Styles = readonly { conv0?: LayerStyle; conv1: LayerStyle; toRgb?: tf.Tensor2D }[];

const epsilon = 1e-8;

/** Of a convolution, `[I, O]`: see `weightEnergy`. */
type Energy = { readonly energy: tf.Tensor2D };

/** @param prepared by block */
export function prepareStyles(
  network: SynthesisParameters,
  prepared: readonly { readonly conv0?: Energy; readonly conv1: Energy }[],
): PreparedStyles {
  const { blocks } = network;
  const convolutions = blocks.flatMap((block, i) =>
    (['conv0', 'conv1'] as const).flatMap((name) => {
      const layer = block[name];
      if (!layer) return [];
      const code = name === 'conv0' ? 2 * i - 1 : 2 * i;
      const { energy } = prepared[i]![name]!;
      return [{ code, affine: layer.affine, energy, gain: activationGain(network, i, name) }];
    }),
  );
  const colours = blocks.flatMap(({ toRgb }, i) =>
    toRgb ? [{ code: 2 * i + 1, affine: toRgb.affine, factor: 1 / Math.sqrt(toRgb.weight.shape[2]) }] : [],
  );
  const maps = [...convolutions.map((layer) => ({ ...layer, factor: 1 })), ...colours];
  const channels = Math.max(...maps.map(({ affine }) => affine.bias.shape[0]));
  const outputs = Math.max(...convolutions.map(({ energy }) => energy.shape[1]));
  const wDim = maps[0]!.affine.weight.shape[0];
  return tf.tidy(
    () =>
      ({
        codes: tf.tensor1d(
          maps.map(({ code }) => code),
          'int32',
        ),
        weight: tf.stack(
          maps.map(({ affine, factor }) => tf.mul(filledUp(affine.weight, wDim, channels), factor / Math.sqrt(wDim))),
        ) as tf.Tensor3D,
        bias: tf.stack(
          maps.map(({ affine, factor }) => tf.mul(filledUp(tf.expandDims(affine.bias, 0), 1, channels), factor)),
        ) as tf.Tensor3D,
        energy: tf.stack(
          convolutions.map(({ energy, gain }) => tf.div(filledUp(energy, channels, outputs), gain * gain)),
        ) as tf.Tensor3D,
        styleSizes: maps.flatMap(({ affine }) => cut(affine.bias.shape[0], channels)),
        scaleSizes: convolutions.flatMap(({ energy }) => cut(energy.shape[1], outputs)),
      }) as unknown as tf.TensorContainer,
  ) as unknown as PreparedStyles;
}

function filledUp(x: tf.Tensor, rows: number, columns: number): tf.Tensor {
  return tf.pad(x as tf.Tensor2D, [
    [0, rows - x.shape[0]!],
    [0, columns - x.shape[1]!],
  ]);
}

const cut = (size: number, whole: number): number[] => (size === whole ? [size] : [size, whole - size]);

/**
 * The styles of all layers: a dozen operations, where a layer by itself takes eight.
 *
 * @param ws `[N, numWs, wDim]`
 */
export function stylesOf(prepared: PreparedStyles, { blocks }: SynthesisParameters, ws: tf.Tensor3D): Styles {
  return tf.tidy(() => {
    const { codes, weight, bias, energy, styleSizes, scaleSizes } = prepared;
    const [N] = ws.shape;
    const [K] = energy.shape;
    const [M, , C] = weight.shape;
    const w = tf.gather(ws, codes, 1); // [N, M, wDim]
    const byMap = N === 1 ? tf.reshape(w, [M, 1, -1]) : tf.transpose(w, [1, 0, 2]);
    const styles = tf.add(tf.matMul(byMap, weight), bias); // [M, N, C]
    const ofConvolutions = tf.slice(styles, [0, 0, 0], [K, N, C]);
    const scales = tf.rsqrt(tf.add(tf.matMul(tf.square(ofConvolutions), energy), epsilon)); // [K, N, O]
    const style = pieces(styles, styleSizes, C);
    const scale = pieces(scales, scaleSizes, energy.shape[2]);
    let convolution = 0;
    let colour = K;
    const layer = (): LayerStyle => {
      const at = convolution++;
      return { style: style[at]!, scale: scale[at]! };
    };
    return blocks.map(({ conv0, toRgb }) => ({
      ...(conv0 ? { conv0: layer() } : {}),
      conv1: layer(),
      ...(toRgb ? { toRgb: style[colour++]! } : {}),
    })) as unknown as tf.TensorContainer;
  }) as unknown as Styles;
}

/** Rows of `[M, N, C]`, each `[N, c]` without what fills it up. */
function pieces(x: tf.Tensor, sizes: readonly number[], C: number): tf.Tensor2D[] {
  const [M, N] = x.shape as [number, number];
  const flat = N === 1 ? tf.reshape(x, [1, M * C]) : tf.reshape(tf.transpose(x, [1, 0, 2]), [N, M * C]);
  const cuts = tf.split(flat, sizes as number[], 1) as tf.Tensor2D[];
  const kept: tf.Tensor2D[] = [];
  for (let i = 0, filled = 0; i < cuts.length; i++) {
    if (filled === 0) kept.push(cuts[i]!);
    filled = (filled + sizes[i]!) % C;
  }
  return kept;
}
