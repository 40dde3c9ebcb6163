import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';
import type { TestBackend } from './test-backends.js';

const backends: Record<TestBackend, { registered: string; needs: string | null; remedy: string }> = {
  cpu: { registered: 'cpu', needs: null, remedy: '' },
  wasm: {
    registered: 'wasm',
    needs: '@tensorflow/tfjs-backend-wasm',
    remedy: "Run 'npm install --save-dev @tensorflow/tfjs-backend-wasm'.",
  },
  node: {
    registered: 'tensorflow',
    needs: '@tensorflow/tfjs-node',
    remedy:
      "Run 'npm install --save-dev @tensorflow/tfjs-node' (in autodrag's repository: scripts/install-libtensorflow.sh), or leave node out of AUTODRAG_TEST_BACKENDS.",
  },
};

/**
 * Makes a backend the current one, with all gradients. To be awaited in `beforeAll`. What it needs is imported now, so
 * that it has to be installed only where it is used.
 *
 * @throws InvalidArgumentError naming the package, if that is not installed or does not start
 */
export async function useTestBackend(name: TestBackend): Promise<void> {
  const { registered, needs, remedy } = backends[name];
  await start('@tensorflow/tfjs', name, "Run 'npm install --save-dev @tensorflow/tfjs'.");
  if (needs) await start(needs, name, remedy);
  if (!(await tf.setBackend(registered))) {
    throw new InvalidArgumentError(`useTestBackend: ${name}: it does not start on this machine. ${remedy}`);
  }
  await tf.ready();
}

/** A variable specifier: neither bundlers nor the type checker look for the package. */
async function start(specifier: string, backend: TestBackend, remedy: string): Promise<void> {
  try {
    await import(/* @vite-ignore */ specifier);
  } catch (cause) {
    const [reason] = String((cause as Error)?.message ?? cause).split('\n');
    throw new InvalidArgumentError(
      `useTestBackend: ${backend}: ${specifier} is not installed or does not load: ${reason}. ${remedy}`,
      { cause },
    );
  }
}
