import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOrbMatcher as createBuilt } from '../dist/index.js';
import { createFeatureMatcher } from '../src/features/create-feature-matcher.js';
import { decodeImage } from '../src/image/decode-image.js';
import type { PixelImage } from '../src/image/image-like.js';
import { toGrey } from '../src/image/to-grey.js';
import { matchImages } from '../src/match-images.js';
import type { Matcher, Matches } from '../src/matcher.js';
import { createOrbMatcher } from '../src/orb/create-orb-matcher.js';
import { detectOrb } from '../src/orb/detect-orb.js';
import { loadOpenCv } from '../src/orb/load-opencv.js';
import { gmsCases, imagePath, readFloat32 } from './load-gms-case.js';
import { waves } from './waves.js';

const gmsCase = gmsCases.find(({ id }) => id === 'shift-foreground')!;
const path1 = imagePath(gmsCase, 'image1.png');
const path2 = imagePath(gmsCase, 'image2.png');

/** Blocks of random grey, so that there are corners. */
function blocks(width: number, height: number, seed: number): PixelImage {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = Math.sin(Math.floor(x / 5) * 12.9898 + Math.floor(y / 5) * 78.233 + seed) * 43758.5453;
      data[y * width + x] = 256 * (value - Math.floor(value));
    }
  }
  return { data, width, height };
}

/** The part of an image that begins at (x, y). */
function crop({ data, width }: PixelImage, x: number, y: number, w: number, h: number): PixelImage {
  const part = new Uint8Array(w * h);
  for (let row = 0; row < h; row++) {
    part.set(data.subarray((y + row) * width + x, (y + row) * width + x + w), row * w);
  }
  return { data: part, width: w, height: h };
}

/** A short text that is equal for equal matches: a failed comparison of large arrays would take minutes to print. */
function digest({ pointsA, pointsB, scores, count }: Matches): string {
  let hash = 7;
  for (const array of [pointsA, pointsB, scores]) {
    for (const bits of new Int32Array(array.slice().buffer)) hash = (Math.imul(hash, 31) + bits) | 0;
  }
  return `${count} matches, ${hash}`;
}

describe('createOrbMatcher', () => {
  let matcher: Matcher;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    matcher = createOrbMatcher({ workers: 0, features: 2000, minSize: 0 });
  });
  afterAll(() => matcher.dispose());

  const scene = blocks(260, 240, 1);
  const a = crop(scene, 0, 0, 220, 200);
  const b = crop(scene, 17, 9, 220, 200);

  it('finds a shift', async () => {
    const found = await matcher.match(a, b);
    expect(found.count).toBeGreaterThan(300);
    let right = 0;
    for (let m = 0; m < found.count; m++) {
      const dx = found.pointsB[2 * m]! - found.pointsA[2 * m]! + 17;
      const dy = found.pointsB[2 * m + 1]! - found.pointsA[2 * m + 1]! + 9;
      if (Math.hypot(dx, dy) < 3) right++;
    }
    expect(Math.min(...found.scores)).toBeGreaterThan(0);
    expect(Math.max(...found.scores)).toBeLessThanOrEqual(1);
    expect(right / found.count).toBeGreaterThan(0.9);
  });

  it('gives the same for pixels, ImageData, float and integer tensors, and again', async () => {
    const expected = digest(await matcher.match(a, b));
    const rgba = ({ data, width, height }: PixelImage): PixelImage => ({
      data: Uint8ClampedArray.from({ length: data.length * 4 }, (_, k) => (k % 4 === 3 ? 255 : data[k >> 2]!)),
      width,
      height,
    });
    const int = ({ data, width, height }: PixelImage) =>
      tf.tensor3d(Int32Array.from(data), [height, width, 1], 'int32');
    const float = ({ data, width, height }: PixelImage) => {
      const rgb = Float32Array.from({ length: data.length * 3 }, (_, k) => data[Math.floor(k / 3)]! / 127.5 - 1);
      return tf.tensor4d(rgb, [1, height, width, 3]);
    };
    expect(digest(await matcher.match(a, b))).toBe(expected);
    for (const form of [rgba, int, float]) {
      expect(digest(await matcher.match(form(a), form(b)))).toBe(expected);
    }
    const withMaps = { features: [], width: 220, height: 200, image: a };
    expect(digest(await matcher.match(withMaps, b))).toBe(expected);
  });

  it('finds nearly the key points of the OpenCV that made the fixture', async () => {
    const grey = toGrey(await decodeImage(path1));
    const { points } = detectOrb(await loadOpenCv(), grey, { features: 2000, fastThreshold: 0, minSize: 0 });
    const known = readFloat32(gmsCase, 'kp1');
    const key = (x: number, y: number) => `${x.toFixed(2)} ${y.toFixed(2)}`;
    const keys = new Set<string>();
    for (let k = 0; k < known.length; k += 2) keys.add(key(known[k]!, known[k + 1]!));
    let same = 0;
    for (let k = 0; k < points.length; k += 2) if (keys.has(key(points[k]!, points[k + 1]!))) same++;
    expect(same / keys.size).toBeGreaterThan(0.9);
  });

  it('has nothing to say about flat, tiny and thin images', async () => {
    const flat: PixelImage = { data: new Uint8Array(200 * 200).fill(128), width: 200, height: 200 };
    for (const image of [flat, blocks(8, 8, 2), blocks(1, 1, 2), blocks(300, 5, 2), blocks(62, 62, 2)]) {
      expect((await matcher.match(image, a)).count).toBe(0);
      expect((await matcher.match(a, image)).count).toBe(0);
    }
    const enlarging = createOrbMatcher({ workers: 0, features: 500 });
    for (const image of [flat, blocks(8, 8, 2), blocks(1, 1, 2), blocks(300, 5, 2)]) {
      expect((await enlarging.match(image, image)).count).toBe(0);
    }
  });

  it('names what is wrong', async () => {
    const huge = { data: new Uint8Array(0), width: 5000, height: 5000 };
    await expect(matcher.match(huge, b)).rejects.toThrow('match: a: 5000 x 5000 is more than 16777216 pixels');
    await expect(matcher.match(a, { ...b, width: 3 })).rejects.toThrow(
      'match: b: 3 x 200 needs 1, 3 or 4 bytes a pixel',
    );
    await expect(matcher.match(a, tf.zeros([2, 8, 8, 3]) as tf.Tensor4D)).rejects.toThrow('got [2,8,8,3]');
    await expect(matcher.match('nowhere.png', b)).rejects.toMatchObject({ code: 'IMAGE_DECODE' });
    await expect(matcher.match(a, new Uint8Array(readFileSync(path1)).subarray(0, 100))).rejects.toMatchObject({
      code: 'IMAGE_DECODE',
    });
    await expect(matcher.match(a, new Uint8Array(0))).rejects.toThrow('0 bytes: expected an image file');
    await expect(matcher.match({ ...a, width: 0 }, b)).rejects.toThrow('at least 1 x 1 pixel, got 0 x 200');
    await expect(matcher.match({ features: [], width: 1, height: 1 }, b)).rejects.toThrow('pixels are needed');
    await expect(matcher.match(a, b, { signal: AbortSignal.abort() })).rejects.toThrow('abort');
    expect(() => createOrbMatcher({ features: 0 })).toThrow('features: expected a whole number');
  });

  it('says what is missing where OpenCV is not installed', async () => {
    const lacking = createOrbMatcher({ workers: 0, opencv: '/nowhere/opencv.js' });
    vi.resetModules(); // another module of the loader, which has not loaded anything yet
    const { loadOpenCv: load } = await import('../src/orb/load-opencv.js');
    await expect(load('/nowhere/opencv.js')).rejects.toMatchObject({
      code: 'OPENCV',
      message: expect.stringContaining('npm install @techstark/opencv-js'),
    });
    expect((await lacking.match(a, b)).count).toBeGreaterThan(300); // this thread has one already
    await lacking.dispose();
    await expect(lacking.match(a, b)).rejects.toThrow('disposed');
  });

  it('does the same in a worker, from files, and is cancelled', async () => {
    const pooled = createBuilt({ workers: 1, features: 2000, minSize: 0 });
    try {
      const expected = await matcher.match(path1, path2);
      expect(expected.count).toBeGreaterThan(700);
      expect(digest(await pooled.match(path1, path2))).toBe(digest(expected));
      const controller = new AbortController();
      const job = pooled.match(path1, path2, { signal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      await expect(job).rejects.toThrow('abort');
      expect((await pooled.match(a, b)).count).toBeGreaterThan(300);
    } finally {
      await pooled.dispose();
    }
  });
});

describe('matchImages and createFeatureMatcher', () => {
  it('chooses by what the images bring', async () => {
    const maps = (dx: number) => ({ features: { 32: waves(32, 8, 64, dx, 0, 1) }, width: 64, height: 64 });
    const found = await matchImages(maps(0), maps(6), { features: { stride: 8 } });
    expect(found.count).toBeGreaterThan(20);
    let sum = 0;
    for (let m = 0; m < found.count; m++) sum += (found.pointsB[2 * m]! - found.pointsA[2 * m]!) / found.count;
    expect(sum).toBeCloseTo(6, 0);
    const flat: PixelImage = { data: new Uint8Array(64 * 64), width: 64, height: 64 };
    expect((await matchImages(flat, flat, { orb: { workers: 0 } })).count).toBe(0);
    const own: Matcher = { ...createFeatureMatcher(), match: async () => found };
    expect(await matchImages(flat, flat, { method: own })).toBe(found);
    await expect(matchImages(flat, flat, { method: 'sift' as 'orb' })).rejects.toThrow("got 'sift'");
    await expect(matchImages(flat, flat, { method: 'features' })).rejects.toThrow('has no feature maps');
  });

  it('disposes the maps that it had extracted', async () => {
    const tensors = tf.memory().numTensors;
    const matcher = createFeatureMatcher({
      stride: 8,
      extract: () => ({ features: [waves(16, 4, 32, 0, 0, 1)], width: 32, height: 32 }),
    });
    const any: PixelImage = { data: new Uint8Array(1), width: 1, height: 1 };
    expect((await matcher.match(any, any)).count).toBeGreaterThan(5);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
