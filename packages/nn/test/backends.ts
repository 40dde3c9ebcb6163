import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { describe } from 'vitest';

/** Runs the same cases on every backend that needs no device. */
export function describeOnBackends(name: string, cases: (backend: string) => void): void {
  describe.each(['cpu', 'wasm'])(`${name} on %s`, (backend) => {
    cases(backend);
  });
}

/** To be awaited in `beforeAll`. */
export async function useBackend(backend: string): Promise<void> {
  await tf.setBackend(backend);
  await tf.ready();
}
