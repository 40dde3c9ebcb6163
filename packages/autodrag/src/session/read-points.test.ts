import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PointError } from '../errors.js';
import { readPoints } from './read-points.js';

const rules = { width: 128, height: 64, maxPoints: 5 };
const inside = fc.record(
  { x: fc.double({ min: 0, max: 127, noNaN: true }), y: fc.double({ min: 0, max: 63, noNaN: true }) },
  { noNullPrototype: true },
);
const far = ({ handle: a, target: b }: { handle: { x: number; y: number }; target: { x: number; y: number } }) =>
  Math.hypot(a.x - b.x, a.y - b.y) > 1e-3;
const drag = fc.record({ handle: inside, target: inside }, { noNullPrototype: true }).filter(far);

it('gives back points of the picture as they are, in copies that nothing changes', () => {
  const points = fc.array(drag, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(points, fc.array(inside, { maxLength: 2 }), (given, anchors) => {
      const before = structuredClone(given);
      const read = readPoints(given, anchors, rules);
      expect(read).toEqual({ points: given, anchors });
      given[0]!.handle.x += 1;
      expect(read.points).toEqual(before);
      expect(Object.isFrozen(read.points) && Object.isFrozen(read.points[0]!.handle)).toBe(true);
    }),
  );
});

it('refuses anything else with a PointError, and nothing else comes through', () => {
  const odd = fc.oneof(fc.anything(), fc.array(fc.oneof(drag, fc.anything()), { maxLength: 7 }));
  const oddAnchors = fc.oneof(fc.constant([]), fc.anything(), fc.array(fc.oneof(inside, fc.anything())));
  fc.assert(
    fc.property(odd, oddAnchors, (given, anchors) => {
      let read: ReturnType<typeof readPoints>;
      try {
        read = readPoints(given, anchors, rules);
      } catch (error) {
        expect(error).toBeInstanceOf(PointError);
        expect((error as Error).message).toMatch(/^drag: (points|anchors)/);
        return;
      }
      expect(read.points.length).toBeGreaterThan(0);
      expect(read.points.length + read.anchors.length).toBeLessThanOrEqual(rules.maxPoints);
      for (const { x, y } of [...read.points.flatMap(({ handle, target }) => [handle, target]), ...read.anchors]) {
        expect(x >= 0 && x <= 127 && y >= 0 && y <= 63).toBe(true);
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});
