import { backend_util, type CastAttrs, type ClipByValueAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { broadcastIndices, elements, floats, holdsFinite } from '../elements.js';
import type { KernelInputs, WasmBackend } from '../wasm-backend.js';

// The originals of XNNPACK clamp NaN to one of their limits; those for whole numbers read them as floats, or trap on a
// division by zero, which ends the module.

/** `min(max(x, low), high)`; NaN stays NaN. */
export function clip(backend: WasmBackend, { x }: KernelInputs<'x'>, attrs: ClipByValueAttrs): TensorInfo {
  return clamp(backend, x, attrs.clipValueMin, attrs.clipValueMax);
}

export function relu6(backend: WasmBackend, { x }: KernelInputs<'x'>): TensorInfo | undefined {
  return x.dtype === 'float32' && !holdsFinite(backend, x) ? clamp(backend, x, 0, 6) : undefined;
}

function clamp(backend: WasmBackend, x: TensorInfo, low: number, high: number): TensorInfo {
  const out = backend.makeOutput(x.shape, x.dtype);
  const [from, to] = [elements(backend, x), elements(backend, out)];
  for (let i = 0; i < from.length; i++) {
    const value = from[i]!;
    to[i] = value > high ? high : value < low ? low : value;
  }
  return out;
}

/** The original stores the low byte of a number as the bool. */
export function cast(backend: WasmBackend, { x }: KernelInputs<'x'>, { dtype }: CastAttrs): TensorInfo | undefined {
  if (dtype !== 'bool' || (x.dtype !== 'float32' && x.dtype !== 'int32')) return undefined;
  const out = backend.makeOutput(x.shape, 'bool');
  const [from, to] = [elements(backend, x), elements(backend, out)];
  for (let i = 0; i < from.length; i++) to[i] = from[i] === 0 ? 0 : 1;
  return out;
}

/** `isNaN`, `isInf` and `isFinite` of whole numbers, whose bits the originals read as floats. */
export function constantForWholeNumbers(answer: 0 | 1) {
  return (backend: WasmBackend, { x }: KernelInputs<'x'>): TensorInfo | undefined => {
    if (x.dtype === 'float32') return undefined;
    const out = backend.makeOutput(x.shape, 'bool');
    elements(backend, out).fill(answer);
    return out;
  };
}

/** `condition ? t : e`. The original reads all elements as floats, and traps where there is none. */
export function select(backend: WasmBackend, inputs: KernelInputs<'condition' | 't' | 'e'>): TensorInfo {
  const { condition, t, e } = inputs;
  const out = backend.makeOutput(t.shape, t.dtype);
  const [conditions, yes, no, to] = [condition, t, e, out].map((tensor) => elements(backend, tensor)) as Four;
  const rows = conditions.length === 0 ? 1 : to.length / conditions.length; // a condition of rank 1 chooses whole rows
  for (let i = 0; i < to.length; i++) to[i] = conditions[rows === 1 ? i : Math.floor(i / rows)] ? yes[i]! : no[i]!;
  return out;
}
type Four = [
  ReturnType<typeof elements>,
  ReturnType<typeof elements>,
  ReturnType<typeof elements>,
  ReturnType<typeof elements>,
];

/** `x < 0 ? alpha * x : x`. The original takes alpha for a vector of channels, whatever its shape. */
export function prelu(backend: WasmBackend, inputs: KernelInputs<'x' | 'alpha'>): TensorInfo | undefined {
  const { x, alpha } = inputs;
  const channels = x.shape.at(-1);
  const perChannel = util.sizeFromShape(alpha.shape) === channels && alpha.shape.at(-1) === channels;
  const size = util.sizeFromShape(x.shape);
  if (size > 0 && perChannel && x.dtype === 'float32' && holdsFinite(backend, alpha)) return undefined;
  const out = backend.makeOutput(x.shape, 'float32');
  const indices = broadcastIndices(alpha.shape, x.shape);
  const [from, slopes, to] = [elements(backend, x), elements(backend, alpha), floats(backend, out)];
  for (let i = 0; i < to.length; i++) to[i] = from[i]! < 0 ? from[i]! * slopes[indices[i]!]! : from[i]!;
  return out;
}

type Binary = (a: number, b: number) => number;

/** An operation on two tensors that broadcast, one element after the other. */
function zip(backend: WasmBackend, { a, b }: KernelInputs<'a' | 'b'>, f: Binary): TensorInfo {
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const out = backend.makeOutput(shape, a.dtype);
  const [aIndices, bIndices] = [broadcastIndices(a.shape, shape), broadcastIndices(b.shape, shape)];
  const [left, right, to] = [elements(backend, a), elements(backend, b), elements(backend, out)];
  for (let i = 0; i < to.length; i++) to[i] = f(left[aIndices[i]!]!, right[bIndices[i]!]!);
  return out;
}

/** A binary operation whose original is right for floats only. A quotient by zero is 0, as on the cpu backend. */
export function forWholeNumbers(f: Binary) {
  return (backend: WasmBackend, inputs: KernelInputs<'a' | 'b'>): TensorInfo | undefined =>
    inputs.a.dtype === 'int32' ? zip(backend, inputs, f) : undefined;
}

/** `Math.max` or `Math.min`: the originals return the number where one of the two is NaN. */
export function keepingNaN(f: Binary) {
  return (backend: WasmBackend, inputs: KernelInputs<'a' | 'b'>): TensorInfo | undefined =>
    holdsFinite(backend, inputs.a) && holdsFinite(backend, inputs.b) ? undefined : zip(backend, inputs, f);
}

/** The sign of the divisor, as in Python. */
export function modulo(a: number, b: number): number {
  const rest = a % b;
  return (a < 0 && b < 0) || (a >= 0 && b >= 0) ? rest : (rest + b) % b;
}
