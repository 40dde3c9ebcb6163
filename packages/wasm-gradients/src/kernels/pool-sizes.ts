import { type backend_util, util } from '@tensorflow/tfjs-core';
import { planConvolution } from './depthwise.js';

type Info = backend_util.Conv2DInfo;

/** Whether every pixel is a window of its own. */
export function isIdentityPool(info: Info): boolean {
  return info.filterHeight * info.filterWidth === 1 && util.arraysEqual(info.inShape, info.outShape);
}

/** Whether XNNPACK makes the output as large as tfjs-core expects it, and there is any. */
export function isPlainPool(info: Info): boolean {
  const { top, left, bottom, right } = info.padInfo;
  const plan = planConvolution(info, [info.filterHeight, info.filterWidth], top, left);
  const some = [...info.outShape, ...info.inShape].every((size) => size > 0);
  // no window may lie in the padding altogether: XNNPACK does not take such paddings
  const inside = Math.max(top, bottom) < info.filterHeight && Math.max(left, right) < info.filterWidth;
  return some && inside && plan !== undefined && plan.bottom <= bottom && plan.right <= right;
}
