// AssemblyScript. `npm run assemble -w @autodrag/nn` makes src/host/module.ts of it.
//
// What a small transformer is made of, over the memory of a host: all arguments are addresses in bytes or counts, rows
// lie one after the other unless a stride is given. Any sizes: what is no multiple of a vector is done number by
// number.

import { multiply, multiplyAdd } from './products';

export { multiply };

// --- Panels

/**
 * `[rows, columns]` to panels `[columns / 8, rows, 8]`, zeros where columns end within a panel.
 *
 * @param rowStride bytes from one row to the next
 * @param columnStride bytes from one column to the next: a transposed matrix has them the other way round
 */
export function pack(
  from: usize,
  rowStride: usize,
  columnStride: usize,
  to: usize,
  rows: i32,
  columns: i32,
): void {
  for (let first = 0; first < columns; first += 8) {
    const count = min(8, columns - first);
    let source = from + <usize>first * columnStride;
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < 8; k++) {
        f32.store(to, k < count ? f32.load(source + <usize>k * columnStride) : 0);
        to += 4;
      }
      source += rowStride;
    }
  }
}

// --- Functions of single numbers and of rows

/** e^x to 2 units of the last place: 2^n times a polynomial of what is left (the Cephes library's). */
// @ts-expect-error: decorator
@inline
function exponential(value: v128): v128 {
  const x = f32x4.max(f32x4.min(value, f32x4.splat(88)), f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = multiplyAdd(p, r, f32x4.splat(1.3981999507e-3));
  p = multiplyAdd(p, r, f32x4.splat(8.3334519073e-3));
  p = multiplyAdd(p, r, f32x4.splat(4.1665795894e-2));
  p = multiplyAdd(p, r, f32x4.splat(1.6666665459e-1));
  p = multiplyAdd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(multiplyAdd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** GELU as of `gelu`, in place. @param count a multiple of 4: what lies behind the numbers is written, too */
export function gelu(x: usize, count: i32): void {
  const a = f32x4.splat(-1.5957691216057308); // -2 sqrt(2 / pi)
  const b = f32x4.splat(-0.07135481627159626); // 0.044715 of it
  const one = f32x4.splat(1);
  const end = x + (<usize>count << 2);
  for (; x < end; x += 16) {
    const value = v128.load(x);
    const bent = multiplyAdd(b, f32x4.mul(value, value), a);
    v128.store(x, f32x4.div(value, f32x4.add(one, exponential(f32x4.mul(value, bent)))));
  }
}

/** `gelu` in place, and its derivative. @param count a multiple of 4: what lies behind the numbers is written, too */
export function geluWithSlope(x: usize, slope: usize, count: i32): void {
  // gelu(x) = x s with s = σ(x (A + B x²)), and gelu' = s (1 + (x − gelu(x)) (A + 3 B x²))
  const a = f32x4.splat(-1.5957691216057308);
  const b = f32x4.splat(-0.07135481627159626);
  const b3 = f32x4.splat(-0.21406444881478879);
  const one = f32x4.splat(1);
  const end = x + (<usize>count << 2);
  for (; x < end; x += 16, slope += 16) {
    const value = v128.load(x);
    const square = f32x4.mul(value, value);
    const share = f32x4.div(one, f32x4.add(one, exponential(f32x4.mul(value, multiplyAdd(b, square, a)))));
    const bent = f32x4.mul(value, share);
    const rise = f32x4.mul(f32x4.sub(bent, value), multiplyAdd(b3, square, a));
    v128.store(slope, f32x4.mul(share, f32x4.add(one, rise)));
    v128.store(x, bent);
  }
}

/** Takes y `[columns]` from each row of x, in place. */
export function subtractRow(x: usize, y: usize, rows: i32, columns: i32): void {
  const bytes: usize = <usize>columns << 2;
  const whole: usize = bytes & ~15;
  for (let row = 0; row < rows; row++) {
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(x + i, f32x4.sub(v128.load(x + i), v128.load(y + i)));
    for (; i < bytes; i += 4) f32.store(x + i, f32.load(x + i) - f32.load(y + i));
    x += bytes;
  }
}

/** Sum of the four. */
// @ts-expect-error: decorator
@inline
function total(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** Each row to mean 0 and variance 1, then `· scale + offset`. */
export function layerNorm(x: usize, scale: usize, offset: usize, out: usize, rows: i32, features: i32): void {
  const bytes: usize = <usize>features << 2;
  const whole: usize = bytes & ~15;
  for (let row = 0; row < rows; row++) {
    let sums = f32x4.splat(0);
    let i: usize = 0;
    for (; i < whole; i += 16) sums = f32x4.add(sums, v128.load(x + i));
    let sum = total(sums);
    for (; i < bytes; i += 4) sum += f32.load(x + i);
    const mean = sum / <f32>features;
    const means = f32x4.splat(mean);
    sums = f32x4.splat(0);
    for (i = 0; i < whole; i += 16) {
      const difference = f32x4.sub(v128.load(x + i), means);
      sums = multiplyAdd(difference, difference, sums);
    }
    let energy = total(sums);
    for (; i < bytes; i += 4) {
      const difference = f32.load(x + i) - mean;
      energy += difference * difference;
    }
    const inverse: f32 = <f32>1 / sqrt<f32>(energy / <f32>features + <f32>1e-5);
    const inverses = f32x4.splat(inverse);
    for (i = 0; i < whole; i += 16) {
      const standard = f32x4.mul(f32x4.sub(v128.load(x + i), means), inverses);
      v128.store(out + i, multiplyAdd(standard, v128.load(scale + i), v128.load(offset + i)));
    }
    for (; i < bytes; i += 4) {
      f32.store(out + i, (f32.load(x + i) - mean) * inverse * f32.load(scale + i) + f32.load(offset + i));
    }
    x += bytes;
    out += bytes;
  }
}

/** `out [rows]`: the inner product of each row of x with the same row of y, both `[rows, columns]`. */
export function rowProducts(x: usize, y: usize, out: usize, rows: i32, columns: i32): void {
  const bytes: usize = <usize>columns << 2;
  const whole: usize = bytes & ~15;
  for (let row = 0; row < rows; row++) {
    let sums = f32x4.splat(0);
    let i: usize = 0;
    for (; i < whole; i += 16) sums = multiplyAdd(v128.load(x + i), v128.load(y + i), sums);
    let sum = total(sums);
    for (; i < bytes; i += 4) sum += f32.load(x + i) * f32.load(y + i);
    f32.store(out, sum);
    out += 4;
    x += bytes;
    y += bytes;
  }
}

// --- Attention

/**
 * `softmax(x · factor + mask)` of each row, in place; behind its numbers a row ends in zeros.
 *
 * @param stride bytes of a row, a multiple of 32
 * @param mask `[count]` and zeros up to the stride, or 0
 */
function softmax(x: usize, stride: usize, rows: i32, count: i32, factor: f32, mask: usize): void {
  const bytes: usize = <usize>count << 2;
  const factors = f32x4.splat(factor);
  for (let row = 0; row < rows; row++) {
    let most: f32 = -Infinity;
    for (let i: usize = 0; i < stride; i += 16) {
      const scaled = f32x4.mul(v128.load(x + i), factors);
      v128.store(x + i, mask ? f32x4.add(scaled, v128.load(mask + i)) : scaled);
    }
    for (let i = bytes; i < stride; i += 4) f32.store(x + i, -Infinity);
    let highest = v128.load(x);
    for (let i: usize = 16; i < stride; i += 16) highest = f32x4.max(highest, v128.load(x + i));
    most = max(
      max(f32x4.extract_lane(highest, 0), f32x4.extract_lane(highest, 1)),
      max(f32x4.extract_lane(highest, 2), f32x4.extract_lane(highest, 3)),
    );
    const mosts = f32x4.splat(most);
    for (let i: usize = 0; i < stride; i += 16) {
      v128.store(x + i, exponential(f32x4.sub(v128.load(x + i), mosts)));
    }
    for (let i = bytes; i < stride; i += 4) f32.store(x + i, 0);
    let sums = f32x4.splat(0);
    for (let i: usize = 0; i < stride; i += 16) sums = f32x4.add(sums, v128.load(x + i));
    const inverse = f32x4.splat(<f32>1 / total(sums));
    for (let i: usize = 0; i < stride; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), inverse));
    x += stride;
  }
}

/**
 * Keys and values, side by side in rows, as `attend` multiplies with them: of each head the keys `[count / 8, size,
 * 8]`, then the values `[size / 8, count, 8]`.
 *
 * @param rows the first key; the values lie `heads · size` numbers behind it
 * @param stride bytes from one row to the next
 */
export function packMemory(rows: usize, stride: usize, packed: usize, count: i32, heads: i32, size: i32): void {
  const head: usize = <usize>size << 2;
  const keys: usize = (<usize>((count + 7) >> 3) * size) << 5;
  const values: usize = (<usize>((size + 7) >> 3) * count) << 5;
  for (let h = 0; h < heads; h++) {
    pack(rows, 4, stride, packed, size, count);
    pack(rows + <usize>heads * head, stride, 4, packed + keys, count, size);
    packed += keys + values;
    rows += head;
  }
}

/**
 * Heads side by side: `out [tokens, heads · size] = softmax(q kᵀ / sqrt(size) + mask) v`.
 *
 * @param stride bytes from one query to the next
 * @param packed of `packMemory`
 * @param mask `[count]` and zeros up to a multiple of 8, or 0
 * @param scratch `[tokens, count rounded up to 8]` and `[tokens, size rounded up to 8]` numbers
 */
export function attend(
  query: usize,
  stride: usize,
  packed: usize,
  mask: usize,
  out: usize,
  tokens: i32,
  count: i32,
  heads: i32,
  size: i32,
  scratch: usize,
): void {
  const keyPanels = (count + 7) >> 3;
  const valuePanels = (size + 7) >> 3;
  const scoreStride: usize = <usize>keyPanels << 5;
  const mixedStride: usize = <usize>valuePanels << 5;
  const mixed = scratch + <usize>tokens * scoreStride;
  const head: usize = <usize>size << 2;
  const factor: f32 = <f32>1 / sqrt<f32>(<f32>size);
  for (let h = 0; h < heads; h++) {
    multiply(query, stride, packed, 0, scratch, scoreStride, tokens, size, keyPanels);
    packed += (<usize>keyPanels * size) << 5;
    softmax(scratch, scoreStride, tokens, count, factor, mask);
    multiply(scratch, scoreStride, packed, 0, mixed, mixedStride, tokens, count, valuePanels);
    packed += (<usize>valuePanels * count) << 5;
    for (let t = 0; t < tokens; t++) {
      memory.copy(out + (<usize>t * heads + h) * head, mixed + <usize>t * mixedStride, head);
    }
    query += head;
  }
}
