import { InvalidArgumentError } from '@autodrag/nn';
import type { ImageDecoder, ImageLike, PixelImage } from '../image/image-like.js';
import { toPixels } from '../image/to-pixels.js';
import type { Matches } from '../matcher.js';

/** Options of `drawMatches`. */
export type DrawMatchesOptions = {
  /** Draw at most so many lines, the ones with the best scores that are spread over image A. @default 200 */
  maxLines?: number;
  /** Images whose longer side is shorter are enlarged by a whole factor, so that lines can be seen. @default 512 */
  minSize?: number;
  /** Width of lines in pixels of the picture. @default 1.5 */
  lineWidth?: number;
  /** Reads image files. @default decodeImage */
  decode?: ImageDecoder;
};

/** RGBA pixels, what a browser's `ImageData` has. */
export type RgbaImage = {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
};

/** Colour of a hue in [0, 1), bright and saturated. */
function hueColour(hue: number): [number, number, number] {
  const channel = (n: number) => {
    const k = (n + hue * 12) % 12;
    return 255 * (0.55 - 0.45 * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Copies an image to a place, each pixel `factor` times in both directions. */
function paste(target: RgbaImage, image: PixelImage, left: number, factor: number): void {
  const { data, width, height } = image;
  const channels = data.length / (width * height);
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * channels;
      const to = (y * target.width + left + x) * 4;
      for (let c = 0; c < 3; c++) target.data[to + c] = data[from + (channels < 3 ? 0 : c)]!;
    }
  }
}

function blend(target: RgbaImage, x: number, y: number, colour: readonly number[], opacity: number): void {
  const at = (y * target.width + x) * 4;
  for (let c = 0; c < 3; c++) target.data[at + c] = target.data[at + c]! * (1 - opacity) + colour[c]! * opacity;
}

/** Distance-based anti-aliasing: opacity falls from 1 to 0 over the pixel at the edge. */
function stroke(
  target: RgbaImage,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  width: number,
  colour: readonly number[],
): void {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length2 = dx * dx + dy * dy || 1e-9;
  const halfWidth = width / 2 + 1;
  const steep = Math.abs(dy) > Math.abs(dx);
  const [from, to] = steep ? [Math.min(y0, y1), Math.max(y0, y1)] : [Math.min(x0, x1), Math.max(x0, x1)];
  const larger = Math.max(Math.abs(dx), Math.abs(dy));
  const across = larger > 0 ? (halfWidth * Math.hypot(dx, dy)) / larger : halfWidth;
  const majorLast = (steep ? target.height : target.width) - 1;
  const minorLast = (steep ? target.width : target.height) - 1;
  const first = Math.max(0, Math.floor(from - halfWidth));
  const last = Math.min(majorLast, Math.ceil(to + halfWidth));
  for (let major = first; major <= last; major++) {
    const t = larger > 0 ? (steep ? (major - y0) / dy : (major - x0) / dx) : 0;
    const centre = steep ? x0 + dx * Math.max(0, Math.min(1, t)) : y0 + dy * Math.max(0, Math.min(1, t));
    const minorFirst = Math.max(0, Math.floor(centre - across));
    for (let minor = minorFirst; minor <= Math.min(minorLast, Math.ceil(centre + across)); minor++) {
      const [x, y] = steep ? [minor, major] : [major, minor];
      const s = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / length2));
      const distance = Math.hypot(x - x0 - s * dx, y - y0 - s * dy);
      const opacity = Math.max(0, Math.min(1, width / 2 + 0.5 - distance));
      if (opacity > 0) blend(target, x, y, colour, opacity * 0.85);
    }
  }
}

/** The best-scored matches of cells over image A in turn, so that the lines do not crowd in one place. */
function choose(matches: Matches, width: number, height: number, most: number): number[] {
  const all = Array.from({ length: matches.count }, (_, m) => m);
  if (matches.count <= most) return all;
  const side = Math.max(1, Math.floor(Math.sqrt(most)));
  const cells = new Map<number, number[]>();
  for (const m of all) {
    const cx = Math.floor((matches.pointsA[2 * m]! / width) * side);
    const cy = Math.floor((matches.pointsA[2 * m + 1]! / height) * side);
    const key = cy * side + cx;
    const cell = cells.get(key);
    if (cell) cell.push(m);
    else cells.set(key, [m]);
  }
  const queues = [...cells.values()];
  for (const queue of queues) queue.sort((p, q) => matches.scores[q]! - matches.scores[p]! || p - q);
  const chosen: number[] = [];
  for (let round = 0; chosen.length < most; round++) {
    for (const queue of queues) if (round < queue.length && chosen.length < most) chosen.push(queue[round]!);
  }
  return chosen.sort((p, q) => p - q);
}

/**
 * A picture of matches: both images side by side, a line from each point of A to its point in B. The hue of a line
 * tells where in image A it begins, so that lines that belong together look alike.
 *
 * @returns RGBA pixels; in Node for instance `sharp(picture.data, { raw: { ...picture, channels: 4 } }).png()`
 * @throws InvalidArgumentError, ImageDecodeError
 */
export async function drawMatches(
  a: ImageLike,
  b: ImageLike,
  matches: Matches,
  { maxLines = 200, minSize = 512, lineWidth = 1.5, decode }: DrawMatchesOptions = {},
): Promise<RgbaImage> {
  if (!(maxLines >= 0)) {
    throw new InvalidArgumentError(`drawMatches: maxLines: expected a number from 0, got ${maxLines}`);
  }
  if (!(lineWidth > 0 && lineWidth <= 100)) {
    throw new InvalidArgumentError(`drawMatches: lineWidth: expected a number up to 100, got ${lineWidth}`);
  }
  const [left, right] = await Promise.all([
    toPixels(a, 'drawMatches: a', decode),
    toPixels(b, 'drawMatches: b', decode),
  ]);
  const longer = Math.max(left.width, left.height, right.width, right.height);
  const factor = Math.max(1, Math.ceil(Math.min(minSize, 4096) / longer));
  const start = left.width * factor;
  const width = start + right.width * factor;
  const height = Math.max(left.height, right.height) * factor;
  const picture: RgbaImage = { data: new Uint8ClampedArray(width * height * 4), width, height };
  for (let at = 3; at < picture.data.length; at += 4) picture.data[at] = 255;
  paste(picture, left, 0, factor);
  paste(picture, right, start, factor);

  const place = (value: number) => (value + 0.5) * factor - 0.5;
  for (const m of choose(matches, left.width, left.height, maxLines)) {
    const ax = matches.pointsA[2 * m]!;
    const ay = matches.pointsA[2 * m + 1]!;
    const angle = Math.atan2(ay - left.height / 2, ax - left.width / 2) / (2 * Math.PI);
    const colour = hueColour(angle - Math.floor(angle));
    const from = [place(ax), place(ay)] as const;
    const to = [start + place(matches.pointsB[2 * m]!), place(matches.pointsB[2 * m + 1]!)] as const;
    stroke(picture, from, to, lineWidth, colour);
    for (const end of [from, to]) stroke(picture, end, end, lineWidth * 3, colour);
  }
  return picture;
}
