import { loadSafetensors, saveSafetensors } from '@autodrag/nn';
import { SeedError } from '../errors.js';

const format = 'autodrag.latent/1';

/**
 * A latent code as the bytes of a safetensors file: exact, so that an edit can go on another day.
 *
 * @param w `[numWs * wDim]`
 */
export async function saveLatent(
  w: Float32Array,
  { numWs, wDim }: { numWs: number; wDim: number },
): Promise<Uint8Array> {
  return saveSafetensors(
    { w: { dtype: 'float32', shape: [numWs, wDim], data: w } },
    { dtype: 'float32', metadata: { format } },
  );
}

/**
 * Reads what `saveLatent` wrote.
 *
 * @param name what the messages call the file
 * @returns `[numWs * wDim]`
 * @throws WeightFileError if the bytes are no safetensors file; SeedError if it holds no latent code
 */
export function loadLatent(bytes: Uint8Array, name = 'the file'): Float32Array {
  const { tensors, metadata } = loadSafetensors(bytes);
  const w = tensors.w;
  if (metadata.format !== format || !w || !(w.data instanceof Float32Array) || w.shape.length !== 2) {
    throw new SeedError(
      `loadLatent: '${name}': expected a latent code (${format}), got ${metadata.format ? `'${metadata.format}'` : 'another kind of file'}. Give a latent.safetensors that 'autodrag edit' wrote.`,
    );
  }
  return w.data;
}
