import type { CropAndResizeAttrs, ResizeBilinearAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { elements, floats, holdsFinite } from '../elements.js';
import type { KernelInputs, WasmBackend } from '../wasm-backend.js';

type Shape4D = [number, number, number, number];
type ResizeAttrs = { alignCorners: boolean; halfPixelCenters?: boolean };

/** How far one step in the output is in the input. */
function scale(inSize: number, outSize: number, alignCorners: boolean): number {
  return alignCorners && outSize > 1 ? (inSize - 1) / (outSize - 1) : inSize / outSize;
}

/** Which pixel of the input each pixel of the output shows, along one axis. */
function nearest(inSize: number, outSize: number, { alignCorners, halfPixelCenters }: ResizeAttrs): number[] {
  const step = scale(inSize, outSize, alignCorners);
  const round = alignCorners ? Math.round : Math.floor;
  return Array.from({ length: outSize }, (_, at) =>
    Math.min(inSize - 1, round(step * (halfPixelCenters ? at + 0.5 : at))),
  );
}

/** The two pixels of the input between which each pixel of the output lies, along one axis, and where between them. */
type Between = { low: number; high: number; fraction: number };
function between(inSize: number, outSize: number, { alignCorners, halfPixelCenters }: ResizeAttrs): Between[] {
  const step = scale(inSize, outSize, alignCorners);
  return Array.from({ length: outSize }, (_, i) => {
    const at = halfPixelCenters ? step * (i + 0.5) - 0.5 : step * i;
    const low = Math.max(0, Math.floor(at));
    return { low, high: Math.min(inSize - 1, Math.ceil(at)), fraction: at - low };
  });
}

/**
 * Gradient of `resizeNearestNeighbor`: each pixel of dy goes to the pixel of x that it showed. The original searches a
 * window whose size is infinite where x has one row or column and corners are aligned, and takes no note of
 * `halfPixelCenters`.
 */
export function resizeNearestNeighborGrad(
  backend: WasmBackend,
  { images, dy }: KernelInputs<'images' | 'dy'>,
  attrs: ResizeAttrs,
): TensorInfo {
  const [batch, height, width, channels] = images.shape as Shape4D;
  const [, outHeight, outWidth] = dy.shape as Shape4D;
  const rows = nearest(height, outHeight, attrs);
  const columns = nearest(width, outWidth, attrs);
  const out = backend.makeOutput(images.shape, 'float32');
  const [to, from] = [floats(backend, out).fill(0), floats(backend, dy)];
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (const row of rows) {
      for (const column of columns) {
        const target = ((n * height + row) * width + column) * channels;
        for (let c = 0; c < channels; c++) to[target + c] = to[target + c]! + from[at++]!;
      }
    }
  }
  return out;
}

/**
 * Gradient of `resizeBilinear`: each pixel of dy goes to the four that it was mixed of, with the same weights. The
 * original takes no note of `halfPixelCenters`.
 */
export function resizeBilinearGrad(
  backend: WasmBackend,
  { images, dy }: KernelInputs<'images' | 'dy'>,
  attrs: ResizeAttrs,
): TensorInfo {
  const [batch, height, width, channels] = images.shape as Shape4D;
  const [, outHeight, outWidth] = dy.shape as Shape4D;
  const rows = between(height, outHeight, attrs);
  const columns = between(width, outWidth, attrs);
  const out = backend.makeOutput(images.shape, 'float32');
  const [to, from] = [floats(backend, out).fill(0), floats(backend, dy)];
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (const row of rows) {
      const [top, bottom] = [(n * height + row.low) * width, (n * height + row.high) * width];
      for (const column of columns) {
        const [a, b] = [(top + column.low) * channels, (top + column.high) * channels];
        const [c, d] = [(bottom + column.low) * channels, (bottom + column.high) * channels];
        const [right, down] = [column.fraction, row.fraction];
        for (let i = 0; i < channels; i++) {
          const value = from[at++]!;
          to[a + i] = to[a + i]! + value * (1 - down) * (1 - right);
          to[b + i] = to[b + i]! + value * (1 - down) * right;
          to[c + i] = to[c + i]! + value * down * (1 - right);
          to[d + i] = to[d + i]! + value * down * right;
        }
      }
    }
  }
  return out;
}

/** `resizeBilinear`: the original mixes in a neighbour of weight 0, which spreads its NaN or infinity. */
export function resizeBilinear(
  backend: WasmBackend,
  { images }: KernelInputs<'images'>,
  attrs: ResizeBilinearAttrs,
): TensorInfo | undefined {
  if (holdsFinite(backend, images)) return undefined;
  const [batch, height, width, channels] = images.shape as Shape4D;
  const [outHeight, outWidth] = attrs.size;
  const rows = between(height, outHeight, attrs);
  const columns = between(width, outWidth, attrs);
  const out = backend.makeOutput([batch, outHeight, outWidth, channels], 'float32');
  const [from, to] = [floats(backend, images), floats(backend, out)];
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (const row of rows) {
      const [top, bottom] = [(n * height + row.low) * width, (n * height + row.high) * width];
      for (const { low, high, fraction } of columns) {
        for (let c = 0; c < channels; c++) {
          const value = (line: number) => {
            const [left, right] = [from[(line + low) * channels + c]!, from[(line + high) * channels + c]!];
            return left + (right - left) * fraction;
          };
          const [above, below] = [value(top), value(bottom)];
          to[at++] = above + (below - above) * row.fraction;
        }
      }
    }
  }
  return out;
}

/** `cropAndResize` by the nearest pixel: the original takes the wrong one of two that are equally near. */
export function cropAndResize(
  backend: WasmBackend,
  { image, boxes, boxInd }: KernelInputs<'image' | 'boxes' | 'boxInd'>,
  { method, cropSize, extrapolationValue }: CropAndResizeAttrs,
): TensorInfo | undefined {
  if (method !== 'nearest') return undefined;
  const [batch, height, width, channels] = image.shape as Shape4D;
  const [outHeight, outWidth] = cropSize;
  const count = boxes.shape[0]!;
  const out = backend.makeOutput([count, outHeight, outWidth, channels], 'float32');
  const to = floats(backend, out).fill(0);
  const [from, corners, indices] = [image, boxes, boxInd].map((tensor) => elements(backend, tensor));
  const positions = (start: number, end: number, inSize: number, outSize: number) =>
    Array.from({ length: outSize }, (_, i) => {
      const step = outSize > 1 ? ((end - start) * (inSize - 1)) / (outSize - 1) : 0;
      const at = outSize > 1 ? start * (inSize - 1) + i * step : 0.5 * (start + end) * (inSize - 1);
      return at < 0 || at > inSize - 1 ? -1 : Math.round(at);
    });
  for (let box = 0; box < count; box++) {
    const n = indices![box]!;
    if (n >= batch) continue;
    const [y1, x1, y2, x2] = corners!.subarray(4 * box, 4 * box + 4) as unknown as [number, number, number, number];
    const columns = positions(x1, x2, width, outWidth);
    for (const [row, y] of positions(y1, y2, height, outHeight).entries()) {
      for (const [column, x] of columns.entries()) {
        const target = ((box * outHeight + row) * outWidth + column) * channels;
        const source = ((n * height + y) * width + x) * channels;
        for (let c = 0; c < channels; c++) to[target + c] = y < 0 || x < 0 ? extrapolationValue : from![source + c]!;
      }
    }
  }
  return out;
}
