import { type AvgPoolAttrs, backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { copyBlock } from '../copy.js';
import { floats, holdsFinite } from '../elements.js';
import type { KernelInputs, WasmBackend } from '../wasm-backend.js';
import { isIdentityPool, isPlainPool } from './pool-sizes.js';
import { requireOutput } from './require-output.js';

/**
 * `avgPool(x)`: the mean of what a window holds of the image. The original turns NaN into -Infinity, and reads and
 * writes past the end where windows do not fit.
 */
export function avgPool(backend: WasmBackend, { x }: KernelInputs<'x'>, attrs: AvgPoolAttrs): TensorInfo | undefined {
  const shape = x.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(
    shape,
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  if (isIdentityPool(info)) return copyBlock(backend, x, [0, 0, 0, 0], x.shape, x.shape);
  if (x.dtype !== 'float32' || (isPlainPool(info) && holdsFinite(backend, x))) return undefined;
  requireOutput('avgPool', info.outShape);
  const { inHeight, inWidth, inChannels: C, filterHeight, filterWidth, padInfo } = info;
  const out = backend.makeOutput(info.outShape, 'float32');
  const [from, to] = [floats(backend, x), floats(backend, out)];
  let at = 0;
  for (let n = 0; n < info.batchSize; n++) {
    for (let oy = 0; oy < info.outHeight; oy++) {
      const top = oy * info.strideHeight - padInfo.top;
      const [y0, y1] = [Math.max(0, top), Math.min(inHeight, top + filterHeight)];
      for (let ox = 0; ox < info.outWidth; ox++) {
        const left = ox * info.strideWidth - padInfo.left;
        const [x0, x1] = [Math.max(0, left), Math.min(inWidth, left + filterWidth)];
        for (let c = 0; c < C; c++, at++) {
          let sum = 0;
          for (let y = y0; y < y1; y++) {
            for (let column = x0; column < x1; column++) sum += from[((n * inHeight + y) * inWidth + column) * C + c]!;
          }
          to[at] = sum / (Math.max(0, y1 - y0) * Math.max(0, x1 - x0));
        }
      }
    }
  }
  return out;
}
