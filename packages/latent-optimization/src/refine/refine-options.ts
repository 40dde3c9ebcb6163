import type * as tf from '@tensorflow/tfjs-core';
import type { FeatureGenerator } from '../feature-generator.js';
import type { FixedMask } from '../mask-loss.js';
import type { Point } from '../points.js';

/** A generator that gives several feature maps, and the picture, in one pass. One of `@autodrag/stylegan2` is one. */
export type RefineGenerator = Pick<FeatureGenerator, 'config'> & {
  features(
    ws: tf.Tensor3D,
    resolutions: readonly number[],
    options: { image: boolean },
  ): { readonly features: Readonly<Record<number, tf.Tensor4D>>; readonly image: tf.Tensor4D | null };
};

export type RefineOptions = {
  /** Points that should stay where they are in the first picture. @default [] */
  anchors?: readonly Point[];
  /** What must stay, by pixel of the picture, row by row: 1 for fixed, 0 for free. @default nothing is fixed */
  mask?: FixedMask;
  /** Where each handle is thought to be in the picture of `w`. @default its target */
  places?: readonly Point[];
  /**
   * Passes of the generator forth and back, at most: two for every handle and anchor and one for a mask tell how the
   * code moves them. Where there are more, neighbours share; what is left of them follows the mask. @default 10
   */
  steps?: number;
  /** Passes forth alone, at most, of which each tries a step. @default 6 */
  trials?: number;
  /**
   * Ends when every handle is this near to its target and every anchor to its place, in pixels. @default 0.1 % of the
   * picture's longer side
   */
  tolerance?: number;
  /** Layers of the code that change. @default 6 */
  editedLayers?: number;
  /**
   * Covariance of the generator's codes, `[wDim, wDim]`: a step goes where codes vary, so that it stays among them.
   * @default all directions alike
   */
  covariance?: tf.Tensor2D;
  /** Pulls a code back to real ones, `[1, numWs, wDim]` to the same: a Latent Regularizer. @default none */
  regularize?: (ws: tf.Tensor3D) => tf.Tensor3D;
  /** How much of the way that `regularize` wants is gone with each step. @default 0.05 */
  gate?: number;
  /** Heights of the blocks that tell places apart. @default those from 16 to 64 */
  resolutions?: readonly number[];
  /** Ends before the next pass: the generator throws the signal's reason. */
  signal?: AbortSignal;
};

/** What is known of a code that was looked at. */
export type RefineStep = {
  /** From 1, of the given code; each further one is of a step that was tried. */
  readonly step: number;
  /** The code, `[numWs * wDim]`. */
  readonly w: Float32Array;
  /** Where the handles and the anchors are in its picture. */
  readonly points: readonly Point[];
  readonly anchors: readonly Point[];
  /** Mean distance of the handles to their targets, in pixels. */
  readonly distance: number;
  /** Largest distance of an anchor from its place, in pixels; 0 without any. */
  readonly anchorDistance: number;
  /**
   * Mean absolute change of the fixed part of the picture against the first one, in 255ths of its range; 0 without a
   * mask.
   */
  readonly maskChange: number;
  /** No code before was better: of all, the last one that says so is the result. */
  readonly best: boolean;
  /** Passes of the generator so far: forth alone, and forth and back. */
  readonly looks: number;
  readonly passes: number;
};
