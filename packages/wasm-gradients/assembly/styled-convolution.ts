// AssemblyScript. `npm run assemble -w @autodrag/wasm-gradients` makes src/styled/module.ts of it.
//
// Loops over the memory of the wasm backend; all arguments are addresses in bytes or counts. Channels come last and in
// multiples of 4 (inputs) and 8 (outputs), so that four of them are one vector. No memory is claimed here, and nothing
// is kept between calls: several threads may each compute a part of a layer.

import { multiplyAdd, multiply as multiplyRows } from '../../nn/assembly/products';

/** `out [rows, outputs] = x [rows, inputs] · weights`, weights in panels `[outputs / 8, inputs, 8]`. */
function multiply(x: usize, weights: usize, out: usize, rows: i32, inputs: i32, outputs: i32): void {
  multiplyRows(x, <usize>inputs << 2, weights, 0, out, <usize>outputs << 2, rows, inputs, outputs >> 3);
}

// --- Weights, once

/** `[taps, I, O]` to panels `[taps · O / 8, I, 8]`. */
export function packTaps(weight: usize, packed: usize, taps: i32, inputs: i32, outputs: i32): void {
  const panels = outputs >> 3;
  for (let tap = 0; tap < taps; tap++) {
    for (let panel = 0; panel < panels; panel++) {
      let from = weight + ((<usize>tap * inputs * outputs + (panel << 3)) << 2);
      for (let i = 0; i < inputs; i++) {
        v128.store(packed, v128.load(from));
        v128.store(packed, v128.load(from, 16), 16);
        packed += 32;
        from += <usize>outputs << 2;
      }
    }
  }
}

/** One dimension of `G g`: three taps to six. */
// @ts-expect-error: decorator
@inline
function expand(to: usize, step: usize, g0: v128, g1: v128, g2: v128): void {
  const sum = f32x4.add(g0, g2);
  const far = f32x4.add(f32x4.mul(g0, f32x4.splat(1.0 / 24)), f32x4.mul(g2, f32x4.splat(1.0 / 6)));
  const odd = f32x4.mul(g1, f32x4.splat(1.0 / 12));
  const sixth = f32x4.splat(-1.0 / 6);
  v128.store(to, f32x4.mul(g0, f32x4.splat(0.25)));
  v128.store(to + step, f32x4.mul(f32x4.add(sum, g1), sixth));
  v128.store(to + 2 * step, f32x4.mul(f32x4.sub(sum, g1), sixth));
  v128.store(to + 3 * step, f32x4.add(far, odd));
  v128.store(to + 4 * step, f32x4.sub(far, odd));
  v128.store(to + 5 * step, g2);
}

/**
 * A 3×3 kernel `[3, 3, I, O]` as Winograd's F(4×4, 3×3) multiplies with it, in panels `[36, O / 8, I, 8]`.
 *
 * @param scratch 288 bytes
 */
export function packWinograd(weight: usize, packed: usize, inputs: i32, outputs: i32, scratch: usize): void {
  const tap: usize = (<usize>inputs * outputs) << 2;
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o += 4) {
      const from = weight + ((<usize>i * outputs + o) << 2);
      for (let x: usize = 0; x < 3; x++) {
        const g = from + x * tap;
        expand(scratch + 16 * x, 48, v128.load(g), v128.load(g + 3 * tap), v128.load(g + 6 * tap));
      }
      const panel = (<usize>(o >> 3) * inputs + i) * 32 + ((<usize>o & 4) << 2);
      for (let y: usize = 0; y < 6; y++) {
        const row = scratch + 48 * y;
        expand(packed + panel + 6 * y * tap, tap, v128.load(row), v128.load(row, 16), v128.load(row, 32));
      }
    }
  }
}

// --- Resolution kept: Winograd F(4×4, 3×3)

/** One dimension of `Bᵀ d`: six values to six. */
// @ts-expect-error: decorator
@inline
function transformSix(to: usize, step: usize, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128): void {
  const four = f32x4.splat(4);
  const five = f32x4.splat(5);
  const p = f32x4.sub(d4, f32x4.mul(four, d2));
  const q = f32x4.sub(d3, f32x4.mul(four, d1));
  const r = f32x4.sub(d4, d2);
  const difference = f32x4.sub(d3, d1);
  const s = f32x4.add(difference, difference);
  v128.store(to, f32x4.add(f32x4.sub(f32x4.mul(four, d0), f32x4.mul(five, d2)), d4));
  v128.store(to + step, f32x4.add(p, q));
  v128.store(to + 2 * step, f32x4.sub(p, q));
  v128.store(to + 3 * step, f32x4.add(r, s));
  v128.store(to + 4 * step, f32x4.sub(r, s));
  v128.store(to + 5 * step, f32x4.add(f32x4.sub(f32x4.mul(four, d1), f32x4.mul(five, d3)), d5));
}

/**
 * Tiles `first … first + count` of `x · style` as the products need them: `[36, count, C]`. A tile is 4×4 pixels of the
 * output and 6×6 of the input; beyond the border there are zeros.
 *
 * @param scratch 576 bytes
 */
function transformTiles(
  x: usize,
  style: usize,
  out: usize,
  height: i32,
  width: i32,
  channels: i32,
  first: i32,
  count: i32,
  scratch: usize,
): void {
  const across = (width + 3) >> 2;
  const pixel: usize = <usize>channels << 2;
  const line: usize = <usize>width * pixel;
  const plane: usize = <usize>count * pixel;
  const zero = f32x4.splat(0);
  for (let tile = 0; tile < count; tile++) {
    const top = 4 * ((first + tile) / across) - 1;
    const left = 4 * ((first + tile) % across) - 1;
    const inside = top >= 0 && left >= 0 && top + 6 <= height && left + 6 <= width;
    for (let c: usize = 0; c < pixel; c += 16) {
      const factor = v128.load(style + c);
      const corner = x + c + top * line + left * pixel; // may lie before x: then it is not read there
      for (let column = 0; column < 6; column++) {
        const at = corner + column * pixel;
        if (inside) {
          transformSix(
            scratch + 16 * column,
            96,
            f32x4.mul(v128.load(at), factor),
            f32x4.mul(v128.load(at + line), factor),
            f32x4.mul(v128.load(at + 2 * line), factor),
            f32x4.mul(v128.load(at + 3 * line), factor),
            f32x4.mul(v128.load(at + 4 * line), factor),
            f32x4.mul(v128.load(at + 5 * line), factor),
          );
        } else {
          const within = left + column >= 0 && left + column < width;
          transformSix(
            scratch + 16 * column,
            96,
            within && top >= 0 ? f32x4.mul(v128.load(at), factor) : zero,
            within && top + 1 < height ? f32x4.mul(v128.load(at + line), factor) : zero,
            within && top + 2 < height ? f32x4.mul(v128.load(at + 2 * line), factor) : zero,
            within && top + 3 < height ? f32x4.mul(v128.load(at + 3 * line), factor) : zero,
            within && top + 4 < height ? f32x4.mul(v128.load(at + 4 * line), factor) : zero,
            within && top + 5 < height ? f32x4.mul(v128.load(at + 5 * line), factor) : zero,
          );
        }
      }
      let to = out + <usize>tile * pixel + c;
      for (let row: usize = 0; row < 6; row++) {
        const at = scratch + 96 * row;
        transformSix(
          to,
          plane,
          v128.load(at),
          v128.load(at, 16),
          v128.load(at, 32),
          v128.load(at, 48),
          v128.load(at, 64),
          v128.load(at, 80),
        );
        to += 6 * plane;
      }
    }
  }
}

// @ts-expect-error: decorator
@inline
function clip(value: v128, bound: v128): v128 {
  return f32x4.max(f32x4.min(value, bound), f32x4.neg(bound));
}

/** `y · scale + shift` and what follows: leaky ReLU of slope 0.2, and bounds. */
// @ts-expect-error: decorator
@inline
function activate(y: v128, scale: v128, shift: v128, limit: v128): v128 {
  const value = multiplyAdd(y, scale, shift);
  const bent = f32x4.max(value, f32x4.mul(value, f32x4.splat(0.2)));
  return clip(bent, limit);
}

/**
 * What the products `[36, count, C]` are as pixels of `y [height, width, C]`:
 * `clip(lrelu(y · scale + noise + bias), limit)`.
 *
 * @param noise `[height, width]`, or 0
 * @param scratch 384 bytes
 */
function finishTiles(
  products: usize,
  y: usize,
  scale: usize,
  bias: usize,
  noise: usize,
  limit: f32,
  height: i32,
  width: i32,
  channels: i32,
  first: i32,
  count: i32,
  scratch: usize,
): void {
  const across = (width + 3) >> 2;
  const pixel: usize = <usize>channels << 2;
  const plane: usize = <usize>count * pixel;
  const bound = f32x4.splat(limit);
  for (let tile = 0; tile < count; tile++) {
    const top = 4 * ((first + tile) / across);
    const left = 4 * ((first + tile) % across);
    const rows = min(4, height - top);
    const columns = min(4, width - left);
    for (let c: usize = 0; c < pixel; c += 16) {
      const at = products + <usize>tile * pixel + c;
      for (let column: usize = 0; column < 6; column++) {
        const from = at + column * plane;
        const line = 6 * plane;
        const m1 = v128.load(from + line);
        const m2 = v128.load(from + 2 * line);
        const m3 = v128.load(from + 3 * line);
        const m4 = v128.load(from + 4 * line);
        const a = f32x4.add(m1, m2);
        const b = f32x4.sub(m1, m2);
        const p = f32x4.add(m3, m4);
        const q = f32x4.sub(m3, m4);
        const twice = f32x4.add(q, q);
        const to = scratch + 16 * column;
        v128.store(to, f32x4.add(f32x4.add(v128.load(from), a), p));
        v128.store(to + 96, f32x4.add(b, twice));
        v128.store(to + 192, multiplyAdd(p, f32x4.splat(4), a));
        v128.store(to + 288, f32x4.add(multiplyAdd(twice, f32x4.splat(4), b), v128.load(from + 5 * line)));
      }
      const factor = v128.load(scale + c);
      const shift = v128.load(bias + c);
      for (let row = 0; row < rows; row++) {
        const from = scratch + 96 * row;
        const m1 = v128.load(from, 16);
        const m2 = v128.load(from, 32);
        const m3 = v128.load(from, 48);
        const m4 = v128.load(from, 64);
        const a = f32x4.add(m1, m2);
        const b = f32x4.sub(m1, m2);
        const p = f32x4.add(m3, m4);
        const q = f32x4.sub(m3, m4);
        const twice = f32x4.add(q, q);
        const place = <usize>(top + row) * width + left;
        let to = y + place * pixel + c;
        let n = noise + (place << 2);
        for (let column = 0; column < columns; column++) {
          let value: v128;
          if (column == 0) value = f32x4.add(f32x4.add(v128.load(from), a), p);
          else if (column == 1) value = f32x4.add(b, twice);
          else if (column == 2) value = multiplyAdd(p, f32x4.splat(4), a);
          else value = f32x4.add(multiplyAdd(twice, f32x4.splat(4), b), v128.load(from, 80));
          const moved = noise ? f32x4.add(shift, v128.load32_splat(n)) : shift;
          v128.store(to, activate(value, factor, moved, bound));
          to += pixel;
          n += 4;
        }
      }
    }
  }
}

// --- Resolution doubled: products with all nine taps, then places and filter

/** `out [pixels, C] = x [pixels, C] · style [C]`. */
function scaleChannels(x: usize, style: usize, out: usize, pixels: i32, channels: i32): void {
  const pixel: usize = <usize>channels << 2;
  for (let i = 0; i < pixels; i++) {
    for (let c: usize = 0; c < pixel; c += 16) v128.store(out + c, f32x4.mul(v128.load(x + c), v128.load(style + c)));
    x += pixel;
    out += pixel;
  }
}

// @ts-expect-error: decorator
@inline
function row(rows: usize, present: bool, at: usize): v128 {
  return present ? v128.load(rows + at) : f32x4.splat(0);
}

/**
 * Two lines of the output from the products `[width, 9, C]` of line `m` of the input and of its neighbours.
 *
 * The transposed convolution spreads tap (ky, kx) of pixel (i, j) to (2i + ky, 2j + kx); the filter [1, 3, 3, 1] / 4 on
 * each axis then takes for line 2m lines 2m - 1 … 2m + 2 of that. The lines first, into `scratch`, then the columns,
 * by the same formula.
 *
 * @param above products of line m - 1, or 0 at the border; `here`, `below`: of m and m + 1
 * @param noise of line 2m, `[2 · width]`, or 0
 * @param scratch `24 · width · C` bytes
 */
function finishLines(
  above: usize,
  here: usize,
  below: usize,
  y: usize,
  scale: usize,
  bias: usize,
  noise: usize,
  limit: f32,
  width: i32,
  channels: i32,
  scratch: usize,
): void {
  const pixel: usize = <usize>channels << 2;
  const few = f32x4.splat(0.25);
  const many = f32x4.splat(0.75);
  const bound = f32x4.splat(limit);
  const second = scratch + 3 * <usize>width * pixel;
  for (let j: usize = 0; j < <usize>width; j++) {
    for (let kx: usize = 0; kx < 3; kx++) {
      const to = (3 * j + kx) * pixel;
      for (let c: usize = 0; c < pixel; c += 16) {
        const at = (9 * j + kx) * pixel + c;
        const middle = at + 3 * pixel;
        const last = at + 6 * pixel;
        const even = f32x4.add(v128.load(here + at), row(above, above != 0, last)); // spread line 2m
        const odd = v128.load(here + middle); // 2m + 1
        const next = f32x4.add(row(below, below != 0, at), v128.load(here + last)); // 2m + 2
        v128.store(
          scratch + to + c,
          f32x4.add(
            f32x4.mul(many, f32x4.add(even, odd)),
            f32x4.mul(few, f32x4.add(row(above, above != 0, middle), next)),
          ),
        );
        v128.store(
          second + to + c,
          f32x4.add(
            f32x4.mul(many, f32x4.add(odd, next)),
            f32x4.mul(few, f32x4.add(even, row(below, below != 0, middle))),
          ),
        );
      }
    }
  }
  for (let line = 0; line < 2; line++) {
    const from = line == 0 ? scratch : second;
    for (let j: usize = 0; j < <usize>width; j++) {
      const own = from + 3 * j * pixel;
      const before = j > 0;
      const after = j + 1 < <usize>width;
      const to = y + ((line ? 2 * <usize>width : 0) + 2 * j) * pixel;
      const n = noise + (((line ? 2 * <usize>width : 0) + 2 * j) << 2);
      for (let c: usize = 0; c < pixel; c += 16) {
        const left = own + c - 3 * pixel;
        const at = own + c;
        const right = at + 3 * pixel;
        const even = f32x4.add(v128.load(at), row(left, before, 2 * pixel));
        const odd = v128.load(at + pixel);
        const next = f32x4.add(row(right, after, 0), v128.load(at + 2 * pixel));
        const factor = v128.load(scale + c);
        const shift = v128.load(bias + c);
        const first = f32x4.add(
          f32x4.mul(many, f32x4.add(even, odd)),
          f32x4.mul(few, f32x4.add(row(left, before, pixel), next)),
        );
        const other = f32x4.add(
          f32x4.mul(many, f32x4.add(odd, next)),
          f32x4.mul(few, f32x4.add(even, row(right, after, pixel))),
        );
        v128.store(to + c, activate(first, factor, noise ? f32x4.add(shift, v128.load32_splat(n)) : shift, bound));
        v128.store(
          to + pixel + c,
          activate(other, factor, noise ? f32x4.add(shift, v128.load32_splat(n, 4)) : shift, bound),
        );
      }
    }
  }
}

// --- Layers

/**
 * Tiles `first … end - 1` of a layer that keeps its resolution, `most` at a time, so that they stay in the caches:
 * `y = clip(lrelu(conv(x · style) · scale + noise + bias), limit)`, F(4×4, 3×3) with 36 products for 16 pixels in place
 * of 144.
 *
 * @param weight of `packWinograd`
 * @param noise `[height, width]`, or 0
 * @param scratch `4 · (36 · most · (channels + outputs) + 144)` bytes
 */
export function keepResolution(
  x: usize,
  style: usize,
  weight: usize,
  scale: usize,
  bias: usize,
  noise: usize,
  y: usize,
  limit: f32,
  height: i32,
  width: i32,
  channels: i32,
  outputs: i32,
  first: i32,
  end: i32,
  most: i32,
  scratch: usize,
): void {
  const products = scratch + 144 * <usize>most * channels;
  const small = products + 144 * <usize>most * outputs;
  for (let at = first; at < end; at += most) {
    const count = min(most, end - at);
    transformTiles(x, style, scratch, height, width, channels, at, count, small);
    for (let i: usize = 0; i < 36; i++) {
      const from = scratch + ((i * count * channels) << 2);
      const to = products + ((i * count * outputs) << 2);
      multiply(from, weight + ((i * channels * outputs) << 2), to, count, channels, outputs);
    }
    finishTiles(products, y, scale, bias, noise, limit, height, width, outputs, at, count, small);
  }
}

/**
 * What lines `first … end - 1` of the input give of a layer that doubles its resolution: products of `most` lines with
 * all nine taps, then the two lines of the output that each gives.
 *
 * @param weight of `packTaps`
 * @param noise `[2 height, 2 width]`, or 0
 * @param scratch `4 · width · ((most + 2) · (channels + 9 · outputs) + 6 · outputs)` bytes
 */
export function doubleResolution(
  x: usize,
  style: usize,
  weight: usize,
  scale: usize,
  bias: usize,
  noise: usize,
  y: usize,
  limit: f32,
  height: i32,
  width: i32,
  channels: i32,
  outputs: i32,
  first: i32,
  end: i32,
  most: i32,
  scratch: usize,
): void {
  const input: usize = (<usize>width * channels) << 2;
  const line: usize = (9 * <usize>width * outputs) << 2;
  const products = scratch + <usize>(most + 2) * input; // from one line above the first to one below the last
  const small = products + <usize>(most + 2) * line;
  for (let at = first; at < end; at += most) {
    const last = min(at + most, end);
    let from = max(at - 1, 0);
    if (at > first) {
      memory.copy(products, products + <usize>most * line, 2 * line); // the last two lines of the turn before
      from = at + 1;
    }
    const rows = min(last + 1, height) - from;
    if (rows > 0) {
      scaleChannels(x + <usize>from * input, style, scratch, rows * width, channels);
      multiply(scratch, weight, products + <usize>(from - at + 1) * line, rows * width, channels, 9 * outputs);
    }
    for (let row = at; row < last; row++) {
      const here = products + <usize>(row - at + 1) * line;
      const above: usize = row > 0 ? here - line : 0;
      const below: usize = row + 1 < height ? here + line : 0;
      const out = y + ((<usize>row * 4 * width * outputs) << 2);
      const map: usize = noise ? noise + ((<usize>row * 4 * width) << 2) : 0;
      finishLines(above, here, below, out, scale, bias, map, limit, width, outputs, small);
    }
  }
}

// --- Colours

/** A pixel's three colours; what lies behind them is another's. */
// @ts-expect-error: decorator
@inline
function storePixel(at: usize, colours: v128): void {
  v128.store64_lane(at, colours, 0);
  v128.store32_lane(at, colours, 2, 8);
}

/** Of a blended line: pixel `column` of the doubled one, three parts of the nearer pixel and one of the other. */
// @ts-expect-error: decorator
@inline
function between(line: usize, column: usize): v128 {
  const near = line + 12 * (column >> 1);
  const far = column & 1 ? near + 12 : near - 12;
  return f32x4.add(f32x4.mul(f32x4.splat(0.75), v128.load(near)), f32x4.mul(f32x4.splat(0.25), v128.load(far)));
}

/**
 * Lines `first … end - 1` of a picture: `doubled(before) + clip(x · (style · weight) + bias, limit)`. Doubling is by
 * the filter [1, 3, 3, 1] / 4 on each axis, with zeros beyond the border: the lines first, then the columns.
 *
 * @param x `[height, width, channels]`, any number of channels
 * @param weight `[channels, 3]`
 * @param before `[height / 2, width / 2, 3]`, or 0
 * @param scratch `4 · (4 · channels + 3 · width / 2 + 8)` bytes
 */
export function addColours(
  x: usize,
  style: usize,
  weight: usize,
  bias: usize,
  before: usize,
  y: usize,
  limit: f32,
  height: i32,
  width: i32,
  channels: i32,
  first: i32,
  end: i32,
  scratch: usize,
): void {
  const pixel: usize = <usize>channels << 2;
  const bound = f32x4.splat(limit);
  const shift = f32x4(load<f32>(bias), load<f32>(bias, 4), load<f32>(bias, 8), 0);
  for (let i: usize = 0; i < <usize>channels; i++) {
    const w = weight + 12 * i;
    const row = f32x4(load<f32>(w), load<f32>(w, 4), load<f32>(w, 8), 0);
    v128.store(scratch + 16 * i, f32x4.mul(row, v128.load32_splat(style + (i << 2))));
  }
  // one pixel of zeros to each side, and one float that is read with the last
  const half: usize = 3 * (<usize>width >> 1);
  const line = scratch + 16 * <usize>channels + 12;
  for (let i: usize = 0; i < 3; i++) store<f32>(line - 12 + (i << 2), 0);
  for (let i: usize = 0; i < 4; i++) store<f32>(line + ((half + i) << 2), 0);
  for (let row = first; row < end; row++) {
    if (before) {
      const near = row >> 1;
      const far = row & 1 ? near + 1 : near - 1;
      const from = before + ((<usize>near * half) << 2);
      const other = before + ((<usize>far * half) << 2);
      const inside = far >= 0 && far < height >> 1;
      for (let i: usize = 0; i < half << 2; i += 4) {
        store<f32>(line + i, 0.75 * load<f32>(from + i) + (inside ? 0.25 * load<f32>(other + i) : 0));
      }
    }
    let at = x + <usize>row * width * pixel;
    let to = y + 12 * (<usize>row * width);
    let column: usize = 0;
    for (; column + 4 <= <usize>width; column += 4) {
      let a = shift;
      let b = shift;
      let c = shift;
      let d = shift;
      for (let i: usize = 0; i < pixel; i += 4) {
        const w = v128.load(scratch + (i << 2));
        a = multiplyAdd(v128.load32_splat(at + i), w, a);
        b = multiplyAdd(v128.load32_splat(at + pixel + i), w, b);
        c = multiplyAdd(v128.load32_splat(at + 2 * pixel + i), w, c);
        d = multiplyAdd(v128.load32_splat(at + 3 * pixel + i), w, d);
      }
      a = clip(a, bound);
      b = clip(b, bound);
      c = clip(c, bound);
      d = clip(d, bound);
      storePixel(to, before ? f32x4.add(a, between(line, column)) : a);
      storePixel(to + 12, before ? f32x4.add(b, between(line, column + 1)) : b);
      storePixel(to + 24, before ? f32x4.add(c, between(line, column + 2)) : c);
      storePixel(to + 36, before ? f32x4.add(d, between(line, column + 3)) : d);
      at += 4 * pixel;
      to += 48;
    }
    for (; column < <usize>width; column++) {
      let a = shift;
      for (let i: usize = 0; i < pixel; i += 4) {
        a = multiplyAdd(v128.load32_splat(at + i), v128.load(scratch + (i << 2)), a);
      }
      a = clip(a, bound);
      storePixel(to, before ? f32x4.add(a, between(line, column)) : a);
      at += pixel;
      to += 12;
    }
  }
}
