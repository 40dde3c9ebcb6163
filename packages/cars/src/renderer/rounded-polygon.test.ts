import { describe, expect, it } from 'vitest';
import { alongEdge, cornerOf, createRoundedPolygon, distanceTo } from './rounded-polygon.js';

/** A unit square with a bite out of its upper right, counter-clockwise; corner 3 is concave. */
const bitten = createRoundedPolygon(
  [
    { x: 0, y: 0 },
    { x: 1, y: 0 },
    { x: 1, y: 0.5 },
    { x: 0.5, y: 0.5 },
    { x: 0.5, y: 1 },
    { x: 0, y: 1 },
  ],
  0.1,
);

describe('a rounded polygon', () => {
  it('has exact distances, by hand', () => {
    expect(distanceTo(bitten, 0.25, 0.25)).toBeCloseTo(-0.35, 12);
    expect(distanceTo(bitten, -0.3, 0.5)).toBeCloseTo(0.2, 12);
    expect(distanceTo(bitten, -0.3, -0.4)).toBeCloseTo(0.4, 12);
    expect(distanceTo(bitten, 0.75, 0.8)).toBeCloseTo(0.15, 12);
    // in the bite, and on the diagonal of its corner
    expect(distanceTo(bitten, 0.55, 0.55)).toBeCloseTo(-0.05, 12);
  });

  it('its corners and edges lie on the outline, round and sharp ones', () => {
    for (let i = 0; i < 6; i++) {
      const corner = cornerOf(bitten, i);
      expect(distanceTo(bitten, corner.x, corner.y), `${i}`).toBeCloseTo(0, 12);
      const edge = alongEdge(bitten, i, 0.4);
      expect(distanceTo(bitten, edge.x, edge.y), `${i}`).toBeCloseTo(0, 12);
    }
    expect(cornerOf(bitten, 3)).toEqual({ x: expect.closeTo(0.6, 12), y: expect.closeTo(0.6, 12) });
    expect(cornerOf(bitten, 0).x).toBeCloseTo(-0.1 * Math.SQRT1_2, 12);
  });

  it('a corner stays where it is as it turns from round to sharp: no jump, no kink', () => {
    const at = (bend: number) =>
      cornerOf(
        createRoundedPolygon(
          [
            { x: 1, y: 0 },
            { x: 0, y: bend },
            { x: -1, y: 0 },
            { x: 0, y: -1 },
          ],
          0.1,
        ),
        1,
      ).y;
    const slope = (from: number, to: number) => (at(to) - at(from)) / (to - from);
    expect(at(1e-6) - at(-1e-6)).toBeLessThan(1e-5);
    expect(slope(-2e-3, -1e-3)).toBeCloseTo(slope(1e-3, 2e-3), 2);
  });
});
