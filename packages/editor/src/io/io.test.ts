import { describe, expect, it } from 'vitest';
import { composePicture, coverageOf } from './compose-picture.js';
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
    '#seed=7&edit=',
    '#seed=7&edit=AAAA',
    `#seed=7&edit=${btoa('{"not":"ours"}')}`,
  ])('are refused where they are none: %s', async (hash) => {
    expect(await readShareLink(hash)).toBeNull();
  });
});
