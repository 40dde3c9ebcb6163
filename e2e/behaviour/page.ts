import { getThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { type Outcomes, runCases } from './run-cases.js';

/** The list in a page of Chromium. */
export async function run({ backend }: { backend: string }): Promise<Outcomes & { threads: number }> {
  if (backend !== 'wasm') return { ...(await runCases()), threads: 1 };
  (await import('@autodrag/wasm-gradients')).registerWasmGradients();
  return { ...(await runCases()), threads: getThreadsCount() };
}
