import { InvalidArgumentError } from '../errors/errors.js';

/** `node` is libtensorflow, by `@tensorflow/tfjs-node`. */
export const testBackendNames = ['cpu', 'wasm', 'node'] as const;
export type TestBackend = (typeof testBackendNames)[number];

export type TestBackendsOptions = {
  /** What AUTODRAG_TEST_BACKENDS means where it is not set. @default ['cpu', 'wasm'] */
  unset?: readonly TestBackend[];
  /** Left out even where it is asked for: `wasm` for gradients that it lacks kernels for. @default [] */
  except?: readonly TestBackend[];
};

/**
 * The backends to run a list of cases on: the environment's AUTODRAG_TEST_BACKENDS, for example `cpu,wasm,node`.
 *
 * @throws InvalidArgumentError if it names another
 */
export function testBackends({ unset = ['cpu', 'wasm'], except = [] }: TestBackendsOptions = {}): TestBackend[] {
  const { process } = globalThis as { process?: { env: Record<string, string | undefined> } };
  const asked = process?.env.AUTODRAG_TEST_BACKENDS?.trim();
  const names = asked ? asked.split(',').map((name) => name.trim()) : unset;
  for (const name of names) {
    if (!(testBackendNames as readonly string[]).includes(name)) {
      throw new InvalidArgumentError(
        `testBackends: AUTODRAG_TEST_BACKENDS: expected names out of ${testBackendNames.join(', ')} with commas between them, got '${asked}'.`,
      );
    }
  }
  return (names as TestBackend[]).filter((name) => !except.includes(name));
}
