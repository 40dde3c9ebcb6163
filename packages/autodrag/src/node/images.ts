import type { Matches } from '@autodrag/matching';
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

/** Two pictures side by side with lines between the points that belong together, coloured by their place. */
export async function encodeMatches(
  a: Picture,
  b: Picture,
  matches: Matches,
  { lines = 200 }: { lines?: number } = {},
): Promise<Uint8Array> {
  const scale = Math.max(1, Math.round(384 / Math.max(a.width, a.height, b.width, b.height)));
  const gap = 8;
  const left = Math.round(a.width * scale) + gap;
  const width = left + Math.round(b.width * scale);
  const height = Math.round(Math.max(a.height, b.height) * scale);
  const best = Array.from(matches.scores.keys())
    .sort((i, j) => (matches.scores[j] as number) - (matches.scores[i] as number))
    .slice(0, lines);
  const drawn = best.map((i) => {
    const [ax, ay] = [matches.pointsA[2 * i] as number, matches.pointsA[2 * i + 1] as number];
    const [bx, by] = [matches.pointsB[2 * i] as number, matches.pointsB[2 * i + 1] as number];
    const [x1, y1, x2, y2] = [(ax + 0.5) * scale, (ay + 0.5) * scale, left + (bx + 0.5) * scale, (by + 0.5) * scale];
    const hue = Math.round((((ax / a.width) * 0.6 + (ay / a.height) * 0.4) * 360) % 360);
    const colour = `hsl(${hue} 90% 50%)`;
    return (
      `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}" stroke-opacity="0.65"/>` +
      `<circle cx="${x1.toFixed(1)}" cy="${y1.toFixed(1)}" r="2.5" fill="${colour}"/><circle cx="${x2.toFixed(1)}" cy="${y2.toFixed(1)}" r="2.5" fill="${colour}"/>`
    );
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn.join('')}</svg>`;
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite([
      { input: await enlarge(a, scale).png().toBuffer(), left: 0, top: 0 },
      { input: await enlarge(b, scale).png().toBuffer(), left, top: 0 },
      { input: Buffer.from(svg), left: 0, top: 0 },
    ])
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
