// AssemblyScript: products of matrices over addresses, for the modules of this package and of wasm-gradients, which
// compile it in. All arguments are addresses in bytes or counts.

/** The processor's fused multiply-add where the engine has relaxed SIMD; that variant is compiled from this, too. */
// @ts-expect-error: decorator
@inline
export function multiplyAdd(a: v128, b: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(f32x4.mul(a, b), sum);
}

/**
 * `out [rows, 8 · panels] = x [rows, inputs] · weights + bias`, weights in panels `[panels, inputs, 8]`. A panel stays
 * in the first cache while all rows meet it, four at a time: with the sums of more, an engine runs out of registers and
 * takes half as long again. Five and six are cut into three and the rest.
 *
 * @param bias `[8 · panels]`, or 0
 * @param xStride bytes from one row of x to the next
 * @param outStride bytes from one row of the result to the next
 */
export function multiply(
  x: usize,
  xStride: usize,
  weights: usize,
  bias: usize,
  out: usize,
  outStride: usize,
  rows: i32,
  inputs: i32,
  panels: i32,
): void {
  for (let panel = 0; panel < panels; panel++) {
    const w = weights + ((<usize>panel * inputs) << 5);
    const b0 = bias ? v128.load(bias + (<usize>panel << 5)) : f32x4.splat(0);
    const b1 = bias ? v128.load(bias + (<usize>panel << 5), 16) : f32x4.splat(0);
    let from = x;
    let to = out + (<usize>panel << 5);
    let left = rows;
    for (; left > 6 || left == 4; left -= 4) {
      four(from, w, to, b0, b1, inputs, xStride, outStride);
      from += 4 * xStride;
      to += 4 * outStride;
    }
    for (; left >= 3; left -= 3) {
      three(from, w, to, b0, b1, inputs, xStride, outStride);
      from += 3 * xStride;
      to += 3 * outStride;
    }
    for (; left >= 2; left -= 2) {
      two(from, w, to, b0, b1, inputs, xStride, outStride);
      from += 2 * xStride;
      to += 2 * outStride;
    }
    if (left > 0) one(from, w, to, b0, b1, inputs);
  }
}

function four(
  x: usize,
  w: usize,
  out: usize,
  bias0: v128,
  bias1: v128,
  inputs: i32,
  xStride: usize,
  outStride: usize,
): void {
  const x1 = x + xStride;
  const x2 = x1 + xStride;
  const x3 = x2 + xStride;
  let a0 = bias0;
  let b0 = bias1;
  let a1 = bias0;
  let b1 = bias1;
  let a2 = bias0;
  let b2 = bias1;
  let a3 = bias0;
  let b3 = bias1;
  const end: usize = <usize>inputs << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const u = v128.load(w);
    const v = v128.load(w, 16);
    w += 32;
    let value = v128.load32_splat(x + i);
    a0 = multiplyAdd(value, u, a0);
    b0 = multiplyAdd(value, v, b0);
    value = v128.load32_splat(x1 + i);
    a1 = multiplyAdd(value, u, a1);
    b1 = multiplyAdd(value, v, b1);
    value = v128.load32_splat(x2 + i);
    a2 = multiplyAdd(value, u, a2);
    b2 = multiplyAdd(value, v, b2);
    value = v128.load32_splat(x3 + i);
    a3 = multiplyAdd(value, u, a3);
    b3 = multiplyAdd(value, v, b3);
  }
  v128.store(out, a0);
  v128.store(out, b0, 16);
  out += outStride;
  v128.store(out, a1);
  v128.store(out, b1, 16);
  out += outStride;
  v128.store(out, a2);
  v128.store(out, b2, 16);
  out += outStride;
  v128.store(out, a3);
  v128.store(out, b3, 16);
}

function three(
  x: usize,
  w: usize,
  out: usize,
  bias0: v128,
  bias1: v128,
  inputs: i32,
  xStride: usize,
  outStride: usize,
): void {
  const x1 = x + xStride;
  const x2 = x1 + xStride;
  let a0 = bias0;
  let b0 = bias1;
  let a1 = bias0;
  let b1 = bias1;
  let a2 = bias0;
  let b2 = bias1;
  const end: usize = <usize>inputs << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const u = v128.load(w);
    const v = v128.load(w, 16);
    w += 32;
    let value = v128.load32_splat(x + i);
    a0 = multiplyAdd(value, u, a0);
    b0 = multiplyAdd(value, v, b0);
    value = v128.load32_splat(x1 + i);
    a1 = multiplyAdd(value, u, a1);
    b1 = multiplyAdd(value, v, b1);
    value = v128.load32_splat(x2 + i);
    a2 = multiplyAdd(value, u, a2);
    b2 = multiplyAdd(value, v, b2);
  }
  v128.store(out, a0);
  v128.store(out, b0, 16);
  out += outStride;
  v128.store(out, a1);
  v128.store(out, b1, 16);
  out += outStride;
  v128.store(out, a2);
  v128.store(out, b2, 16);
}

/** Two inputs a turn, with sums of their own: two rows alone would wait for one another's additions. */
function two(
  x: usize,
  w: usize,
  out: usize,
  bias0: v128,
  bias1: v128,
  inputs: i32,
  xStride: usize,
  outStride: usize,
): void {
  const y = x + xStride;
  let a0 = bias0;
  let b0 = bias1;
  let a1 = bias0;
  let b1 = bias1;
  let c0 = f32x4.splat(0);
  let d0 = c0;
  let c1 = c0;
  let d1 = c0;
  const end: usize = (<usize>inputs >> 1) << 3;
  let i: usize = 0;
  for (; i < end; i += 8) {
    let u = v128.load(w);
    let v = v128.load(w, 16);
    let value = v128.load32_splat(x + i);
    a0 = multiplyAdd(value, u, a0);
    b0 = multiplyAdd(value, v, b0);
    value = v128.load32_splat(y + i);
    a1 = multiplyAdd(value, u, a1);
    b1 = multiplyAdd(value, v, b1);
    u = v128.load(w, 32);
    v = v128.load(w, 48);
    w += 64;
    value = v128.load32_splat(x + i, 4);
    c0 = multiplyAdd(value, u, c0);
    d0 = multiplyAdd(value, v, d0);
    value = v128.load32_splat(y + i, 4);
    c1 = multiplyAdd(value, u, c1);
    d1 = multiplyAdd(value, v, d1);
  }
  if (inputs & 1) {
    const u = v128.load(w);
    const v = v128.load(w, 16);
    let value = v128.load32_splat(x + i);
    a0 = multiplyAdd(value, u, a0);
    b0 = multiplyAdd(value, v, b0);
    value = v128.load32_splat(y + i);
    a1 = multiplyAdd(value, u, a1);
    b1 = multiplyAdd(value, v, b1);
  }
  v128.store(out, f32x4.add(a0, c0));
  v128.store(out, f32x4.add(b0, d0), 16);
  out += outStride;
  v128.store(out, f32x4.add(a1, c1));
  v128.store(out, f32x4.add(b1, d1), 16);
}

/** Two inputs a turn, as of `two`. */
function one(x: usize, w: usize, out: usize, bias0: v128, bias1: v128, inputs: i32): void {
  let a = bias0;
  let b = bias1;
  let c = f32x4.splat(0);
  let d = c;
  const end: usize = (<usize>inputs >> 1) << 3;
  let i: usize = 0;
  for (; i < end; i += 8) {
    let value = v128.load32_splat(x + i);
    a = multiplyAdd(value, v128.load(w), a);
    b = multiplyAdd(value, v128.load(w, 16), b);
    value = v128.load32_splat(x + i, 4);
    c = multiplyAdd(value, v128.load(w, 32), c);
    d = multiplyAdd(value, v128.load(w, 48), d);
    w += 64;
  }
  if (inputs & 1) {
    const value = v128.load32_splat(x + i);
    a = multiplyAdd(value, v128.load(w), a);
    b = multiplyAdd(value, v128.load(w, 16), b);
  }
  v128.store(out, f32x4.add(a, c));
  v128.store(out, f32x4.add(b, d), 16);
}
