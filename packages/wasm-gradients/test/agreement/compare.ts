import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

type Values = { shape: number[]; dtype: string; values: ArrayLike<number> };
export type Result = Values | { error: string };
export type Work = () => tf.Tensor | tf.Tensor[];

/** What `work` gives on a backend that has been initialised. */
export function resultsOn(backend: 'cpu' | 'wasm', work: Work): Result[] {
  void tf.setBackend(backend); // of a backend that has started: done when it returns
  if (tf.getBackend() !== backend) throw new Error(`the backend ${backend} has not been started`);
  tf.engine().startScope();
  try {
    const results = work();
    return (Array.isArray(results) ? results : [results]).map((tensor) => ({
      shape: tensor.shape,
      dtype: tensor.dtype,
      values: tensor.dataSync() as ArrayLike<number>,
    }));
  } catch (error) {
    return [{ error: String((error as Error).message ?? error) }];
  } finally {
    tf.engine().endScope();
  }
}

type Strictness = { tolerance?: number; signed?: boolean };

/** How two results differ, in words; undefined if they do not. */
export function disagreement(
  actual: Result[],
  expected: Result[],
  { tolerance = 0, signed = false }: Strictness,
): string | undefined {
  const [failed, mustFail] = [actual, expected].map((results) =>
    results.find((result): result is { error: string } => 'error' in result),
  );
  if (failed || mustFail) {
    if (failed && mustFail && !crashed(failed)) return undefined;
    return failed ? `throws: ${failed.error}` : `does not throw: ${mustFail?.error}`;
  }
  if (actual.length !== expected.length) return `${actual.length} results, expected ${expected.length}`;
  for (const [at, want] of (expected as Values[]).entries()) {
    const got = actual[at] as Values;
    if (String(got.shape) !== String(want.shape)) return `result ${at}: shape [${got.shape}], expected [${want.shape}]`;
    if (got.dtype !== want.dtype) return `result ${at}: ${got.dtype}, expected ${want.dtype}`;
    for (let i = 0; i < want.values.length; i++) {
      const [a, b] = [got.values[i]!, want.values[i]!];
      if (Object.is(a, b) || (a === b && !signed)) continue;
      if (Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))) continue;
      return `result ${at} [${want.shape}] element ${i}: ${a}, expected ${b}; got [${list(got.values)}], expected [${list(want.values)}]`;
    }
  }
  return undefined;
}

/** Whether the wasm module was brought down, which no argument may do. */
function crashed({ error }: { error: string }): boolean {
  return /out of bounds|Aborted|divide by zero|unreachable/.test(error);
}

function list(values: ArrayLike<number>): string {
  return `${Array.from(values).slice(0, 24).join(', ')}${values.length > 24 ? ', ...' : ''}`;
}
