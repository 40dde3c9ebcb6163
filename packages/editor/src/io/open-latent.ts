import { quote } from '@autodrag/nn';

/** Bytes. The code of a picture of 1024 pixels is a file of 37 kB, or of 200 kB as JSON. */
const largest = 2 ** 24;

/**
 * Reads a code from a file that `exportLatent` or the command line wrote.
 *
 * @throws Error that says what is wrong with the file
 */
export async function openLatent(file: File, { numWs, wDim }: { numWs: number; wDim: number }): Promise<Float32Array> {
  const name = quote(file.name, { longest: 80 });
  if (file.size > largest) throw new Error(`${name} is too large to be the code of a picture.`);
  const w = /\.json$/i.test(file.name) ? fromJson(await file.text(), name) : await fromSafetensors(file, name);
  if (w.length !== numWs * wDim) {
    throw new Error(`${name} is of another model: it has ${w.length} values, this one has ${numWs} × ${wDim}.`);
  }
  return w;
}

async function fromSafetensors(file: File, name: string): Promise<Float32Array> {
  const { loadLatent } = await import('@autodrag/autodrag'); // seldom: not a part of every page
  try {
    return await loadLatent(new Uint8Array(await file.arrayBuffer()), file.name);
  } catch (cause) {
    throw new Error(`${name} holds no code of a picture.`, { cause });
  }
}

function fromJson(text: string, name: string): Float32Array {
  let plain: { format?: unknown; w?: unknown } | null;
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
