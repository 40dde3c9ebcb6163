/** `env.memory`, as the compiler writes the whole import section: any size, not shared. */
const OWN = [2, 15, 1, 3, ...letters('env'), 6, ...letters('memory'), 2, 0, 0];
/** The same, shared, of at most 65536 pages: what an import of shared memory has to say. */
const SHARED = [2, 18, 1, 3, ...letters('env'), 6, ...letters('memory'), 2, 3, 0, 0x80, 0x80, 4];

/**
 * A module of ours that imports a memory of its own kind, as one that imports memory shared by threads. Its
 * instructions are the same for both, so no second module need be shipped.
 *
 * @throws Error if the module imports something else
 */
export function importingSharedMemory(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = module.findIndex((_, i) => OWN.every((byte, k) => module[i + k] === byte));
  if (at < 0) throw new Error('wasm-gradients: this module does not import memory as expected');
  const result = new Uint8Array(module.length + SHARED.length - OWN.length);
  result.set(module.subarray(0, at));
  result.set(SHARED, at);
  result.set(module.subarray(at + OWN.length), at + SHARED.length);
  return result;
}

function letters(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}
