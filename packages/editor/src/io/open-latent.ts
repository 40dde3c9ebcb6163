/**
 * Reads a code from a file that `exportLatent` or the command line wrote.
 *
 * @throws Error that says what is wrong with the file
 */
export async function openLatent(file: File, { numWs, wDim }: { numWs: number; wDim: number }): Promise<Float32Array> {
  const w = file.name.endsWith('.json') ? fromJson(await file.text(), file.name) : await fromSafetensors(file);
  if (w.length !== numWs * wDim) {
    throw new Error(`${file.name} is of another model: it has ${w.length} values, this one has ${numWs} × ${wDim}.`);
  }
  return w;
}

async function fromSafetensors(file: File): Promise<Float32Array> {
  const { loadLatent } = await import('@autodrag/autodrag'); // seldom: not a part of every page
  return loadLatent(new Uint8Array(await file.arrayBuffer()), file.name);
}

function fromJson(text: string, name: string): Float32Array {
  let plain: { format?: unknown; w?: unknown };
  try {
    plain = JSON.parse(text) as typeof plain;
  } catch {
    throw new Error(`${name} is no JSON.`);
  }
  if (plain?.format !== 'autodrag.latent/1' || !Array.isArray(plain.w) || !plain.w.every(Number.isFinite)) {
    throw new Error(`${name} holds no code of a picture.`);
  }
  return Float32Array.from(plain.w as number[]);
}
