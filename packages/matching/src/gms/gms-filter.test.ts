import { describe, expect, it } from 'vitest';
import { gmsCases, readFloat32, readInt32, readUint8 } from '../../test/load-gms-case.js';
import { gmsFilter } from './gms-filter.js';

const MODES = {
  none: {},
  rot: { rotation: true },
  scale: { scale: true },
  rot_scale: { rotation: true, scale: true },
} as const;

describe('gmsFilter', () => {
  for (const gmsCase of gmsCases) {
    for (const [mode, options] of Object.entries(MODES)) {
      it(`gives the author's mask: ${gmsCase.id}, ${mode}`, () => {
        const [width, height] = gmsCase.size1;
        const result = gmsFilter(
          readFloat32(gmsCase, 'kp1'),
          { width, height },
          readFloat32(gmsCase, 'kp2'),
          { width: gmsCase.size2[0], height: gmsCase.size2[1] },
          readInt32(gmsCase, 'matches'),
          options,
        );
        expect(result.mask).toEqual(readUint8(gmsCase, `mask_${mode}`));
        expect(result.count).toBe(gmsCase.modes[mode]!.inliers);
        const { scaleIndex, rotationIndex } = result;
        expect({ scaleIndex, rotationIndex }).toEqual(gmsCase.winner[mode]);
      });
    }
  }

  const size = { width: 100, height: 100 };
  /** 16 matches, all in the middle of cell (10, 10), shifted by one cell: support 16 >= 6 * sqrt(16 / 9) = 8. */
  function bundle(count: number) {
    const a = new Float32Array(count * 2).fill(52.5);
    const b = new Float32Array(count * 2).fill(57.5);
    const matches = Int32Array.from({ length: count * 2 }, (_, i) => i >> 1);
    return gmsFilter(a, size, b, size, matches);
  }

  it('keeps a bundle of exactly threshold size and rejects one below (by hand: n >= 6 sqrt(n / 9) means n >= 4)', () => {
    expect(bundle(16).count).toBe(16);
    expect(bundle(4).count).toBe(4);
    expect(bundle(3).count).toBe(0);
  });

  it('returns an empty mask for no matches, and zeros if nothing is kept in any setting', () => {
    const none = new Float32Array(0);
    expect(gmsFilter(none, size, none, size, new Int32Array(0)).mask).toHaveLength(0);
    const point = new Float32Array([50, 50]);
    const result = gmsFilter(point, size, point, size, new Int32Array([0, 0]), { rotation: true, scale: true });
    expect(result).toEqual({ mask: new Uint8Array(1), count: 0, scaleIndex: 0, rotationIndex: 0 });
  });

  it('survives points on and beyond the far border', () => {
    const points = new Float32Array([100, 100, 0, 100, 100, 0, 99.9, 100, 150, 150]);
    const matches = Int32Array.from({ length: 50 }, (_, i) => (i * 3) % 5);
    expect(gmsFilter(points, size, points, size, matches, { rotation: true, scale: true }).mask).toHaveLength(25);
  });

  it('names what is wrong', () => {
    const point = new Float32Array([1, 1]);
    const call = (matches: number[], s = size) => gmsFilter(point, s, point, size, Int32Array.from(matches));
    expect(() => call([0, 1])).toThrow('pair 0 refers to point 1 of B, which has 1');
    expect(() => call([0])).toThrow('expected index pairs, got 1 numbers');
    expect(() => call([0, 0], { width: 0, height: 4 })).toThrow('sizeA: width and height must be positive, got 0 x 4');
    expect(() => gmsFilter(new Float32Array([Number.NaN, 1]), size, point, size, new Int32Array(2))).toThrow('NaN');
  });
});
