import { firstNotFinite, loadSafetensors, quote, saveSafetensors } from '@autodrag/nn';
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
    { dtype: 'float32', finite: true, metadata: { format } },
  );
}

/**
 * Reads what `saveLatent` wrote.
 *
 * @param name what the messages call the file
 * @returns `[numWs * wDim]`
 * @throws WeightFileError if the bytes are no safetensors file; SeedError if it holds no latent code
 */
export async function loadLatent(bytes: Uint8Array, name = 'the file'): Promise<Float32Array> {
  const { tensors, metadata } = await loadSafetensors(bytes);
  const { w } = tensors;
  const fail = (rule: string, got: string): never => {
    throw new SeedError(
      `loadLatent: ${quote(name, { longest: 300 })}: expected ${rule}, got ${got}. Give a latent.safetensors that 'autodrag edit' wrote.`,
    );
  };
  if (metadata.format !== format) {
    const got = metadata.format === undefined ? 'another kind of file' : quote(metadata.format);
    return fail(`a latent code (${format})`, got);
  }
  if (w === undefined) {
    const names = Object.keys(tensors)
      .slice(0, 5)
      .map((each) => quote(each));
    return fail("a tensor 'w'", names.length > 0 ? names.join(', ') : 'no tensors');
  }
  const shape = `[${w.shape.join(', ')}]`;
  if (w.shape.length !== 2 || w.data.length === 0)
    return fail('w of shape [numWs, wDim]', `${w.shape.length} axes: ${shape}`);
  if (!(w.data instanceof Float32Array)) return fail('w of floats', w.dtype);
  const odd = firstNotFinite(w.data);
  if (odd >= 0) return fail('finite numbers', `${w.data[odd]} at ${odd}`);
  return w.data;
}
