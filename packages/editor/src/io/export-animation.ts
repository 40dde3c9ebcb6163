import type { Picture } from '@autodrag/autodrag';
import { quote } from '@autodrag/nn';

export type AnimationKind = 'gif' | 'webp' | 'mp4';

export type Animation = { readonly blob: Blob; readonly fileName: string };

/** How long one picture of a motion is shown, and the first and last one of it. Milliseconds. */
const shown = 50;
const held = 700;
/** Smaller pictures are enlarged: a video of 128 pixels is a stamp. */
const leastSide = 384;

/**
 * Pictures as an animation: a GIF, or a WebP or an MP4 by the browser's own encoder (WebCodecs).
 *
 * @throws Error where the browser has no encoder: it says so, and that GIF works everywhere
 */
export async function exportAnimation(
  pictures: readonly Picture[],
  kind: AnimationKind,
  { name = 'autodrag', signal }: { name?: string; signal?: AbortSignal } = {},
): Promise<Animation> {
  if (!['gif', 'webp', 'mp4'].includes(kind)) {
    throw new TypeError(`exportAnimation: expected 'gif', 'webp' or 'mp4', got ${quote(kind)}.`);
  }
  if (!pictures.length) throw new Error('There is no motion yet: drag a point first.');
  const encode = { gif: toGif, webp: toWebp, mp4: toVideo }[kind];
  return { blob: await encode(pictures, signal), fileName: `${name}.${kind}` };
}

const isEnd = (index: number, length: number) => index === 0 || index === length - 1;
const durationOf = (index: number, length: number) => (isEnd(index, length) ? held : shown);

async function toGif(pictures: readonly Picture[], signal?: AbortSignal): Promise<Blob> {
  const { GIFEncoder, applyPalette, quantize } = await import('gifenc');
  const { width, height, draw, pixels } = createSheet(pictures[0] as Picture);
  const gif = GIFEncoder();
  for (const [index, picture] of pictures.entries()) {
    signal?.throwIfAborted();
    draw(picture);
    const data = pixels();
    const palette = quantize(data, 256);
    gif.writeFrame(applyPalette(data, palette), width, height, { palette, delay: durationOf(index, pictures.length) });
    await new Promise((resolve) => setTimeout(resolve)); // the page goes on meanwhile
  }
  gif.finish();
  return new Blob([gif.bytes() as Uint8Array<ArrayBuffer>], { type: 'image/gif' });
}

async function toWebp(pictures: readonly Picture[], signal?: AbortSignal): Promise<Blob> {
  const { writeAnimatedWebp } = await import('./write-animated-webp.js');
  const { width, height, draw, canvas } = createSheet(pictures[0] as Picture);
  const frames = [];
  for (const [index, picture] of pictures.entries()) {
    signal?.throwIfAborted();
    draw(picture);
    const still = await canvas.convertToBlob({ type: 'image/webp', quality: 0.92 });
    const file = new Uint8Array(await still.arrayBuffer());
    frames.push({ file, milliseconds: durationOf(index, pictures.length) });
  }
  return new Blob([writeAnimatedWebp(frames, { width, height })], { type: 'image/webp' });
}

async function toVideo(pictures: readonly Picture[], signal?: AbortSignal): Promise<Blob> {
  const { BufferTarget, CanvasSource, Mp4OutputFormat, Output, QUALITY_HIGH, getFirstEncodableVideoCodec } =
    await import('mediabunny');
  const { width, height, draw, canvas } = createSheet(pictures[0] as Picture);
  const codec = await getFirstEncodableVideoCodec(['avc', 'hevc', 'vp9', 'av1'], { width, height });
  if (!codec) throw new Error('This browser encodes no video. Export a GIF instead: that works everywhere.');
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target });
  const source = new CanvasSource(canvas, { codec, bitrate: QUALITY_HIGH });
  output.addVideoTrack(source);
  await output.start();
  try {
    let at = 0;
    for (const [index, picture] of pictures.entries()) {
      signal?.throwIfAborted();
      draw(picture);
      const duration = durationOf(index, pictures.length) / 1000;
      await source.add(at, duration);
      at += duration;
    }
    await output.finalize();
  } catch (error) {
    await output.cancel();
    throw error;
  }
  return new Blob([target.buffer as ArrayBuffer], { type: 'video/mp4' });
}

/**
 * A canvas that pictures are drawn on one after the other, enlarged as the editor does; even sides, as video wants
 * them.
 */
function createSheet({ width: wide, height: high }: Picture) {
  const factor = Math.max(1, Math.ceil(leastSide / Math.max(wide, high)));
  const [width, height] = [wide * factor + ((wide * factor) % 2), high * factor + ((high * factor) % 2)];
  const small = new OffscreenCanvas(wide, high);
  const canvas = new OffscreenCanvas(width, height);
  const from = small.getContext('2d') as OffscreenCanvasRenderingContext2D;
  const to = canvas.getContext('2d', { alpha: false, willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  to.imageSmoothingQuality = 'high';
  return {
    ...{ width, height, canvas },
    draw({ data }: Picture) {
      from.putImageData(new ImageData(data, wide, high), 0, 0);
      to.drawImage(small, 0, 0, width, height);
    },
    pixels: () => to.getImageData(0, 0, width, height).data,
  };
}
