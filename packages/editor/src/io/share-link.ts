import { bytesFromBase64 } from '@autodrag/nn';
import type { Layer, Origin, Stroke } from '../state/document.js';

/** What a link opens: a seed, or, where something was edited, the layers of the picture itself. */
export type Shared = { readonly origin: Origin; readonly layers: readonly Layer[] | null };

/** More than this is no link of ours, nor one that browsers take. */
const longest = 2 ** 20;
/** Bytes of layers, unpacked: much more than a link of ours can hold, and less than a page can bear. */
const largest = 2 ** 25;
/** Pixels: of a brush, this is everything. */
const widest = 2 ** 14;

/**
 * The part of a link after `#`. A picture that was not edited needs its seed only. An edited one brings its code,
 * exact: a drag that is repeated elsewhere would end a little elsewhere.
 *
 * @throws Error in plain words where the layers are too many for a link
 */
export async function writeShareLink({ origin, layers }: Shared): Promise<string> {
  const parts = new URLSearchParams({ seed: String(origin.seed) });
  if (origin.psi !== 0.7) parts.set('psi', String(origin.psi));
  if (origin.mix) parts.set('mix', `${origin.mix.seed},${origin.mix.from}`);
  if (layers) parts.set('edit', await packLayers(layers));
  const link = parts.toString();
  if (link.length < longest) return link;
  throw new Error('This picture has more layers of the brush than a link can hold. Save it as a file instead.');
}

/** @returns null where the text is no link of ours, or a damaged one */
export async function readShareLink(hash: string): Promise<Shared | null> {
  if (hash.length > longest) return null;
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const seed = wholeNumber(parts.get('seed'), 2 ** 32 - 1);
  if (seed === null) return null;
  const psi = parts.has('psi') ? Number(parts.get('psi') || Number.NaN) : 0.7;
  if (!Number.isFinite(psi) || Math.abs(psi) > 2) return null;
  const mix = readMix(parts.get('mix'));
  if (mix === 'damaged') return null;
  const edit = parts.get('edit');
  if (edit === null) return { origin: { seed, psi, mix }, layers: null };
  try {
    return { origin: { seed, psi, mix }, layers: await unpackLayers(edit) };
  } catch {
    return null;
  }
}

function readMix(text: string | null): Origin['mix'] | 'damaged' {
  if (text === null) return null;
  const [seed, from] = text.split(',');
  const mix = { seed: wholeNumber(seed ?? null, 2 ** 32 - 1), from: wholeNumber(from ?? null, 100) };
  return mix.seed === null || mix.from === null ? 'damaged' : { seed: mix.seed, from: mix.from };
}

function wholeNumber(text: string | null, largest: number): number | null {
  return text !== null && /^\d{1,10}$/.test(text) && Number(text) <= largest ? Number(text) : null;
}

/** A stroke: radius, whether it erases, and its points in quarters of a pixel. */
type PackedStroke = [number, 0 | 1, ...number[]];

/** Layers as JSON with codes in base64, packed: many rows of a code are alike. */
async function packLayers(layers: readonly Layer[]): Promise<string> {
  const plain = layers.map(({ w, mask }) => ({
    w: toBase64(new Uint8Array(w.buffer, w.byteOffset, w.byteLength)),
    mask: mask.map(packStroke),
  }));
  const bytes = new TextEncoder().encode(JSON.stringify(plain));
  return toBase64(await transformed(bytes, new CompressionStream('gzip')));
}

async function unpackLayers(text: string): Promise<Layer[]> {
  const bytes = await transformed(fromBase64(text), new DecompressionStream('gzip'));
  const plain = JSON.parse(new TextDecoder().decode(bytes)) as { w: string; mask: PackedStroke[] }[];
  if (!Array.isArray(plain) || plain.length === 0) throw new Error('no layers');
  return plain.map(({ w, mask }) => {
    const values = fromBase64(w);
    const code = new Float32Array(values.buffer, 0, values.byteLength / 4);
    if (!code.every(Number.isFinite)) throw new Error('no code');
    return { w: code, mask: mask.map(unpackStroke) };
  });
}

/** Strokes as links hold them: what is drawn and what a link gives must be the same picture. */
export function roundStroke({ points, radius, erases }: Stroke): Stroke {
  return { points: points.map(({ x, y }) => ({ x: quarter(x) / 4, y: quarter(y) / 4 })), radius, erases };
}

const quarter = (value: number) => Math.round(value * 4);

function packStroke({ points, radius, erases }: Stroke): PackedStroke {
  return [radius, erases ? 1 : 0, ...points.flatMap(({ x, y }) => [quarter(x), quarter(y)])];
}

function unpackStroke([radius, erases, ...values]: PackedStroke): Stroke {
  if (!values.every(Number.isFinite) || !(radius > 0 && radius <= widest)) throw new Error('no stroke');
  const points = [];
  for (let i = 0; i + 1 < values.length; i += 2)
    points.push({ x: (values[i] as number) / 4, y: (values[i + 1] as number) / 4 });
  return { points, radius, erases: erases === 1 };
}

/** @throws Error where it comes to more than `largest`: a few bytes can be made that unpack to gigabytes */
async function transformed(
  bytes: Uint8Array<ArrayBuffer>,
  through: GenericTransformStream,
): Promise<Uint8Array<ArrayBuffer>> {
  let length = 0;
  const bounded = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      length += chunk.length;
      if (length > largest) throw new Error('too much');
      controller.enqueue(chunk);
    },
  });
  return new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(through).pipeThrough(bounded)).arrayBuffer(),
  );
}

/** Base64 with the letters that addresses allow. */
function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return bytesFromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
}
