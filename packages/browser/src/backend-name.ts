import { BackendError } from './errors.js';

/** The backends of TensorFlow.js that a page can compute with, fastest first. */
export const backendNames = ['webgpu', 'webgl', 'wasm'] as const;
export type BackendName = (typeof backendNames)[number];

/**
 * The order in which to try backends: what is preferred first, then the rest, fastest first.
 *
 * @throws BackendError for a name that is none
 */
export function backendOrder(prefer: BackendName | readonly BackendName[] = []): BackendName[] {
  const first: unknown[] = typeof prefer === 'string' ? [prefer] : Array.isArray(prefer) ? [...prefer] : [prefer];
  for (const name of first) {
    if (!backendNames.some((known) => known === name)) {
      throw new BackendError(
        `startBackend: prefer: expected ${backendNames.map((known) => `'${known}'`).join(', ')} or a list of them, got ${describe(name)}.`,
      );
    }
  }
  return [...new Set([...(first as BackendName[]), ...backendNames])];
}

function describe(value: unknown): string {
  return typeof value === 'string'
    ? `'${value.slice(0, 40)}'`
    : value === null
      ? 'null'
      : `a value of type ${typeof value}`;
}
