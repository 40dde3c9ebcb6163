import { extname } from 'node:path';
import type { DragPoint, Picture, PointsSvgOptions } from '@autodrag/autodrag';
import { displayOf, type Padding, padPicture, pointsSvg } from '@autodrag/autodrag';
import { InvalidArgumentError } from '@autodrag/nn';
import type { Sharp } from 'sharp';
import { FileError } from './errors.js';

export type EncodeOptions = {
  /** Enlarged so many times. @default 1 */
  scale?: number;
  /** `'square'` pads with white what is not square. @default 'none' */
  pad?: Padding;
};

/** Loaded with the first picture that is read or written: it takes a tenth of a second. */
async function loadSharp() {
  return (await import('sharp')).default;
}

/** A picture as PNG bytes. */
export async function encodePng(picture: Picture, options: EncodeOptions = {}): Promise<Uint8Array> {
  return (await shown(picture, options)).png().toBuffer();
}

/** What a picture can be written as. */
export type PictureFormat = 'png' | 'jpeg' | 'webp';

const formats: Readonly<Record<string, PictureFormat>> = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
};

/**
 * The format that a file's name asks for.
 *
 * @throws FileError if its ending is none of .png, .jpg, .jpeg and .webp
 */
export function pictureFormat(path: string): PictureFormat {
  const ending = extname(path).toLowerCase();
  const format = formats[ending];
  if (format) return format;
  throw new FileError(
    `write: '${path}': expected a name that ends in .png, .jpg or .webp, got ${ending ? `'${ending}'` : 'none of them'}. ${path}.png, for example.`,
  );
}

/** A picture as bytes of the format that a file's name asks for. @throws FileError if it asks for none */
export async function encodePicture(picture: Picture, path: string, options: EncodeOptions = {}): Promise<Uint8Array> {
  return toFormat(await shown(picture, options), pictureFormat(path));
}

function toFormat(image: Sharp, format: PictureFormat): Promise<Uint8Array> {
  return (format === 'jpeg' ? image.flatten({ background: '#ffffff' }) : image).toFormat(format).toBuffer();
}

/**
 * A picture as PNG bytes with handles, targets and anchors, in pixels of the picture without padding, drawn over it.
 */
export async function encodePngWithPoints(
  picture: Picture,
  points: readonly DragPoint[],
  { scale = 1, pad = 'none', ...options }: PointsSvgOptions & EncodeOptions = {},
): Promise<Uint8Array> {
  const { left, top } = displayOf(picture, { pad });
  const svg = pointsSvg(picture, points, { ...options, scale });
  const image = await shown(picture, { scale, pad });
  return image
    .composite([{ input: Buffer.from(svg), left: Math.round(left * scale), top: Math.round(top * scale) }])
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
  if (bytes.length === 0) {
    throw new FileError(`read: '${name}' is empty (0 bytes), expected a picture. Give a PNG, JPEG or WebP file.`);
  }
  const sharp = await loadSharp();
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
  options: EncodeOptions = {},
): Promise<Uint8Array> {
  const first = pictures[0];
  if (!first) throw new InvalidArgumentError('encodeAnimation: expected at least one picture, got none.');
  const { width, height } = shownSize(first, options);
  const frames: Buffer[] = [];
  for (const picture of pictures) frames.push(await (await shown(picture, options)).removeAlpha().raw().toBuffer());
  const sharp = await loadSharp();
  const image = sharp(Buffer.concat(frames), {
    raw: { width, height: height * frames.length, channels: 3, pageHeight: height },
    limitInputPixels: false,
  });
  const timing = { loop: 0, delay: [...milliseconds] };
  return format === 'gif'
    ? // a third of the time of sharp's default effort, and a smaller file
      image.gif({ ...timing, effort: 1, dither: 0.5, interFrameMaxError: 4 }).toBuffer()
    : image.webp({ ...timing, quality: 90 }).toBuffer();
}

/** Pictures of one size in rows of `columns`, as bytes of a picture. */
export async function encodeSheet(
  pictures: readonly Picture[],
  {
    columns = Math.ceil(Math.sqrt(pictures.length)),
    gap = 4,
    format = 'png',
    ...options
  }: { columns?: number; gap?: number; format?: PictureFormat } & EncodeOptions = {},
): Promise<Uint8Array> {
  const first = pictures[0];
  if (!first) throw new InvalidArgumentError('encodeSheet: expected at least one picture, got none.');
  const { width, height } = shownSize(first, options);
  const rows = Math.ceil(pictures.length / columns);
  const tiles = await Promise.all(
    pictures.map(async (picture, i) => ({
      input: await (await shown(picture, options)).png().toBuffer(),
      left: gap + (i % columns) * (width + gap),
      top: gap + Math.floor(i / columns) * (height + gap),
    })),
  );
  const sharp = await loadSharp();
  const sheet = sharp({
    create: {
      width: gap + columns * (width + gap),
      height: gap + rows * (height + gap),
      channels: 3,
      background: '#ffffff',
    },
  });
  return toFormat(sheet.composite(tiles), format);
}

/** Draws an SVG picture as PNG bytes. */
export async function encodeSvg(svg: string): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(Buffer.from(svg)).png().toBuffer();
}

function shownSize(picture: Picture, { scale = 1, pad = 'none' }: EncodeOptions): { width: number; height: number } {
  const { width, height } = displayOf(picture, { pad });
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

async function shown(picture: Picture, { scale = 1, pad = 'none' }: EncodeOptions): Promise<Sharp> {
  const { width, height, data } = padPicture(picture, { pad });
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { width, height, channels: 4 } });
  if (scale === 1) return image;
  return image.resize({ ...shownSize(picture, { scale, pad }), kernel: 'lanczos3' });
}
