import { describe } from 'vitest';
import { type TestBackend, testBackends } from '../src/testing/index.js';

export { useTestBackend as useBackend } from '../src/testing/index.js';

/** Runs the same cases on every backend that AUTODRAG_TEST_BACKENDS names: cpu and wasm if it is not set. */
export function describeOnBackends(name: string, cases: (backend: TestBackend) => void): void {
  describe.each(testBackends())(`${name} on %s`, (backend) => {
    cases(backend);
  });
}
