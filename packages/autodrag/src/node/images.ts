import sharp, { type Sharp } from 'sharp';
import type { Picture } from '../picture.js';
import type { DragPoint } from '../points.js';
import type { PointsSvgOptions } from '../points-svg.js';
import { pointsSvg } from '../points-svg.js';
import { FileError } from './errors.js';

/** A picture as PNG bytes, enlarged `scale` times. */
export async function encodePng(picture: Picture, { scale = 1 }: { scale?: number } = {}): Promise<Uint8Array> {
  return enlarge(picture, scale).png().toBuffer();
}

/** A picture as PNG bytes with handles, targets and anchors drawn over it. */
export async function encodePngWithPoints(
  picture: Picture,
  points: readonly DragPoint[],
  { scale = 1, ...options }: PointsSvgOptions = {},
): Promise<Uint8Array> {
  const svg = pointsSvg(picture, points, { ...options, scale });
  return enlarge(picture, scale)
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
}

/**
 * Reads a picture of any kind that sharp knows.
 *
 * @param name what the message calls it
 * @throws FileError if it is none
 */
export async function decodeImage(bytes: Uint8Array, name = 'the file'): Promise<Picture> {
  const decode = () =>
    sharp(bytes).rotate().ensureAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const { data, info } = await decode().catch((error: Error) => {
    throw new FileError(
      `read: '${name}' is no picture that can be read: ${error.message}. Give a PNG, JPEG or WebP file.`,
      {
        cause: error,
      },
    );
  });
  return {
    width: info.width,
    height: info.height,
    data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength),
  };
}

/**
 * Pictures of one size as an animation that runs for ever: GIF, which everything opens, or WebP, which is smaller and
 * has every colour.
 *
 * @param milliseconds how long each picture stays
 */
export async function encodeAnimation(
  pictures: readonly Picture[],
  milliseconds: readonly number[],
  format: 'gif' | 'webp',
  { scale = 1 }: { scale?: number } = {},
): Promise<Uint8Array> {
  const first = pictures[0];
  if (!first) throw new Error('encodeAnimation: expected at least one picture, got none.');
  const width = Math.round(first.width * scale);
  const height = Math.round(first.height * scale);
  const frames: Buffer[] = [];
  for (const picture of pictures) frames.push(await enlarge(picture, scale).removeAlpha().raw().toBuffer());
  const image = sharp(Buffer.concat(frames), {
    raw: { width, height: height * frames.length, channels: 3, pageHeight: height },
    limitInputPixels: false,
  });
  const options = { loop: 0, delay: [...milliseconds] };
  return format === 'gif'
    ? image.gif({ ...options, effort: 7 }).toBuffer()
    : image.webp({ ...options, quality: 90 }).toBuffer();
}

/** Pictures of one size in rows of `columns`, as PNG bytes. */
export async function encodeSheet(
  pictures: readonly Picture[],
  {
    columns = Math.ceil(Math.sqrt(pictures.length)),
    gap = 4,
    scale = 1,
  }: { columns?: number; gap?: number; scale?: number } = {},
): Promise<Uint8Array> {
  const first = pictures[0];
  if (!first) throw new Error('encodeSheet: expected at least one picture, got none.');
  const width = Math.round(first.width * scale);
  const height = Math.round(first.height * scale);
  const rows = Math.ceil(pictures.length / columns);
  const tiles = await Promise.all(
    pictures.map(async (picture, i) => ({
      input: await enlarge(picture, scale).png().toBuffer(),
      left: gap + (i % columns) * (width + gap),
      top: gap + Math.floor(i / columns) * (height + gap),
    })),
  );
  return sharp({
    create: {
      width: gap + columns * (width + gap),
      height: gap + rows * (height + gap),
      channels: 3,
      background: '#ffffff',
    },
  })
    .composite(tiles)
    .png()
    .toBuffer();
}

/** Draws an SVG picture as PNG bytes. */
export async function encodeSvg(svg: string): Promise<Uint8Array> {
  return sharp(Buffer.from(svg)).png().toBuffer();
}

function enlarge(picture: Picture, scale: number): Sharp {
  const image = sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 4 } });
  if (scale === 1) return image;
  return image.resize(Math.round(picture.width * scale), Math.round(picture.height * scale), { kernel: 'lanczos3' });
}
