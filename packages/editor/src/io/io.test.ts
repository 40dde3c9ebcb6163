import { describe, expect, it } from 'vitest';
import { composePicture } from './compose-picture.js';
import { addStroke, coverageOf } from './coverage.js';
import { exportAnimation } from './export-animation.js';
import { readShareLink, roundStroke, writeShareLink } from './share-link.js';

const picture = (value: number) => ({ width: 16, height: 16, data: new Uint8ClampedArray(16 * 16 * 4).fill(value) });
const stroke = {
  points: [
    { x: 4, y: 4 },
    { x: 8, y: 4 },
  ],
  radius: 2,
  erases: false,
};

describe('composePicture', () => {
  it('changes what is painted, and nothing else', () => {
    const composed = composePicture(picture(10), picture(200), [stroke]);
    const at = (x: number, y: number) => composed.data[4 * (y * 16 + x)];
    expect(at(6, 4)).toBe(200);
    for (const [x, y] of [
      [6, 7],
      [1, 4],
      [11, 4],
      [15, 15],
    ] as const)
      expect(at(x, y)).toBe(10);
    const outside = [...coverageOf([stroke], composed)].map((share, i) => share === 0 && composed.data[4 * i]);
    expect(new Set(outside)).toEqual(new Set([false, 10]));
  });

  it('is the new picture where there is no mask, and the old one where all is erased', () => {
    const top = picture(200);
    expect(composePicture(picture(10), top, [])).toBe(top);
    expect(composePicture(picture(10), top, [stroke, { ...stroke, radius: 5, erases: true }]).data).toEqual(
      picture(10).data,
    );
  });
});

describe('coverage', () => {
  const size = { width: 40, height: 24 };
  const points = [3, 9, 14, 22, 31, 37].map((x, i) => ({ x: x + 0.3, y: 12 + 8 * Math.sin(i) }));
  const strokes = [
    { points, radius: 5.5, erases: false },
    { points: points.map(({ x, y }) => ({ x: 40 - x, y: y + 2 })), radius: 3, erases: true },
  ];

  it('falls from 1 to 0 along the soft edge of a stroke', () => {
    const coverage = coverageOf([{ points: [{ x: 20, y: 12 }], radius: 6, erases: false }], size);
    // the edge is 1 + 6 / 4 pixels wide
    const row = [0, 1, 2, 3, 4, 5, 6, 7].map((away) => coverage[12 * 40 + 20 + away]);
    expect(row.map((share) => Number(share?.toFixed(6)))).toEqual([1, 1, 1, 1, 0.8, 0.4, 0, 0]);
  });

  it('is the same whether a stroke is painted at once or piece by piece, and nothing changes outside of the area told', () => {
    const whole = coverageOf(strokes, size);
    const pieces = new Float32Array(40 * 24);
    for (const { points, ...stroke } of strokes) {
      for (let n = 1; n <= points.length; n++) {
        const before = pieces.slice();
        const { left, right, top, bottom } = addStroke(pieces, size, { ...stroke, points: points.slice(0, n) }, n - 1);
        for (let i = 0; i < pieces.length; i++) {
          const [x, y] = [i % 40, Math.floor(i / 40)];
          if (x < left || x > right || y < top || y > bottom) expect(pieces[i]).toBe(before[i]);
        }
      }
    }
    expect(pieces).toEqual(whole);
    expect(Math.max(...whole)).toBe(1);
  });

  it('is worked out once for a mask, and anew for another one or another size', () => {
    const first = coverageOf(strokes, size);
    expect(coverageOf(strokes, { ...size })).toBe(first);
    const larger = coverageOf(strokes, { width: 48, height: 24 });
    expect(larger).toHaveLength(48 * 24);
    expect(coverageOf(strokes, size)).toBe(first);
    expect(coverageOf([...strokes], size)).not.toBe(first);
    expect(coverageOf([...strokes], size)).toEqual(first);
    // on top of what is known of the first stroke alone, and that one stays as it was
    const one = strokes.slice(0, 1);
    const alone = coverageOf(one, size);
    const before = alone.slice();
    expect(coverageOf([...one, strokes[1]!], size)).toEqual(first);
    expect(coverageOf(one, size)).toEqual(before);
  });

  it('is nothing for a stroke that lies out of the picture', () => {
    const away = { points: [{ x: -90, y: -90 }], radius: 4, erases: false };
    const coverage = new Float32Array(40 * 24);
    const { left, right, top, bottom } = addStroke(coverage, size, away);
    expect(left > right || top > bottom).toBe(true);
    expect(coverage.every((share) => share === 0)).toBe(true);
  });
});

it('an animation is of a kind that there is, and of pictures', async () => {
  await expect(exportAnimation([picture(1)], 'avi' as never)).rejects.toThrow(
    "expected 'gif', 'webp' or 'mp4', got 'avi'",
  );
  await expect(exportAnimation([], 'gif')).rejects.toThrow('There is no motion yet');
});

describe('links', () => {
  const origin = { seed: 4294967295, psi: 0.85, mix: { seed: 3, from: 6 } };
  it('hold a seed, or the codes themselves, bit by bit', async () => {
    expect(await writeShareLink({ origin: { seed: 7, psi: 0.7, mix: null }, layers: null })).toBe('seed=7');
    expect(await readShareLink('#seed=7')).toEqual({ origin: { seed: 7, psi: 0.7, mix: null }, layers: null });
    const w = Float32Array.from({ length: 1536 }, (_, i) => Math.sin(i * i) * 3);
    const layers = [
      { w, mask: [] },
      { w: w.map((value) => value / 3), mask: [roundStroke({ ...stroke, points: [{ x: 1.13, y: 2 }] })] },
    ];
    const link = await writeShareLink({ origin, layers });
    expect(await readShareLink(`#${link}`)).toEqual({ origin, layers });
    expect(link).toMatch(/^[\w\-.=&%]+$/);
  });

  it.each([
    '',
    '#',
    '#seed=-1',
    '#seed=4294967296',
    '#seed=x',
    '#seed=1e3',
    '#seed=7&psi=NaN',
    '#seed=7&psi=99',
    '#seed=7&psi=',
    '#seed=7&mix=',
    '#seed=7&mix=3',
    '#seed=7&mix=x,6',
    '#seed=7&mix=3,101',
    '#seed=7&edit=',
    '#seed=7&edit=AAAA',
    `#seed=7&edit=${btoa('{"not":"ours"}')}`,
  ])('are refused where they are none: %s', async (hash) => {
    expect(await readShareLink(hash)).toBeNull();
  });

  const packed = async (content: BlobPart) => {
    const stream = new Blob([content]).stream().pipeThrough(new CompressionStream('gzip'));
    return Buffer.from(await new Response(stream).arrayBuffer()).toString('base64url');
  };
  it('are refused where they would take all of the memory, or all of the time', async () => {
    const bomb = await packed(new Uint8Array(2 ** 25 + 1).fill(32));
    expect(bomb.length).toBeLessThan(2 ** 17);
    expect(await readShareLink(`#seed=7&edit=${bomb}`)).toBeNull();
    const layer = (radius: string) => `[{"w":"AAAAAA","mask":[[${radius},0,4,4]]}]`;
    expect(await readShareLink(`#seed=7&edit=${await packed(layer('2'))}`)).not.toBeNull();
    expect(await readShareLink(`#seed=7&edit=${await packed(layer('1e999'))}`)).toBeNull();
  });

  it('are not written where they would be too long to be read', async () => {
    const code = (seed: number) => Float32Array.from({ length: 9216 }, (_, i) => Math.sin(i * i + seed));
    const layers = Array.from({ length: 40 }, (_, seed) => ({ w: code(seed), mask: [stroke] }));
    await expect(writeShareLink({ origin, layers })).rejects.toThrow('more layers of the brush than a link can hold');
  });
});
