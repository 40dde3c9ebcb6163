import type { Picture } from '@autodrag/autodrag';

export type AnimationKind = 'gif' | 'mp4';

export type Animation = { readonly blob: Blob; readonly fileName: string };

/** How long one picture of a motion is shown, and the first and last one of it. Milliseconds. */
const shown = 50;
const held = 700;
/** Smaller pictures are enlarged by a whole number: a video of 128 pixels is a stamp. */
const leastSide = 384;

/**
 * Pictures as an animation: a GIF, or an MP4 by the browser's own encoder (WebCodecs).
 *
 * @throws Error where the browser has no encoder: it says so, and that GIF works everywhere
 */
export async function exportAnimation(
  pictures: readonly Picture[],
  kind: AnimationKind,
  { name = 'autodrag', signal }: { name?: string; signal?: AbortSignal } = {},
): Promise<Animation> {
  if (!pictures.length) throw new Error('There is no motion yet: drag a point first.');
  const blob = kind === 'gif' ? await toGif(pictures, signal) : await toVideo(pictures, signal);
  const ending = blob.type.includes('gif') ? 'gif' : blob.type.includes('webm') ? 'webm' : 'mp4';
  return { blob, fileName: `${name}.${ending}` };
}

const isEnd = (index: number, length: number) => index === 0 || index === length - 1;

async function toGif(pictures: readonly Picture[], signal?: AbortSignal): Promise<Blob> {
  const { GIFEncoder, applyPalette, quantize } = await import('gifenc');
  const gif = GIFEncoder();
  for (const [index, picture] of pictures.entries()) {
    signal?.throwIfAborted();
    const { width, height, data } = enlarge(picture);
    const palette = quantize(data, 256);
    const delay = isEnd(index, pictures.length) ? held : shown;
    gif.writeFrame(applyPalette(data, palette), width, height, { palette, delay });
    await new Promise((resolve) => setTimeout(resolve)); // the page goes on meanwhile
  }
  gif.finish();
  return new Blob([gif.bytes() as Uint8Array<ArrayBuffer>], { type: 'image/gif' });
}

async function toVideo(pictures: readonly Picture[], signal?: AbortSignal): Promise<Blob> {
  const { BufferTarget, CanvasSource, Mp4OutputFormat, Output, QUALITY_HIGH, getFirstEncodableVideoCodec } =
    await import('mediabunny');
  const { width, height } = enlarge(pictures[0] as Picture);
  const codec = await getFirstEncodableVideoCodec(['avc', 'hevc', 'vp9', 'av1'], { width, height });
  if (!codec) throw new Error('This browser encodes no video. Export a GIF instead: that works everywhere.');
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target });
  const source = new CanvasSource(canvas, { codec, bitrate: QUALITY_HIGH });
  output.addVideoTrack(source);
  await output.start();
  try {
    let at = 0;
    for (const [index, picture] of pictures.entries()) {
      signal?.throwIfAborted();
      const { data } = enlarge(picture);
      context.putImageData(new ImageData(data, width, height), 0, 0);
      const duration = (isEnd(index, pictures.length) ? held : shown) / 1000;
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

/** Each pixel as a square of pixels; even sides, as video wants them. */
function enlarge({ width, height, data }: Picture): {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
} {
  const factor = Math.max(1, Math.ceil(leastSide / Math.max(width, height)));
  const [wide, high] = [width * factor + ((width * factor) % 2), height * factor + ((height * factor) % 2)];
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const large = new Uint32Array(wide * high);
  for (let y = 0; y < high; y++) {
    const row = Math.min(Math.floor(y / factor), height - 1) * width;
    for (let x = 0; x < wide; x++)
      large[y * wide + x] = pixels[row + Math.min(Math.floor(x / factor), width - 1)] as number;
  }
  return { width: wide, height: high, data: new Uint8ClampedArray(large.buffer) };
}
