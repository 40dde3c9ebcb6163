import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UsageError } from './command.js';
import { parseAnchor, parseDrag } from './points-syntax.js';

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Object.is(x, -0));
const point = fc.record({ x: number, y: number }, { noNullPrototype: true });
const space = fc.constantFrom('', ' ', '\t', '  ');

it('reads whatever numbers a point is written with, with or without spaces', () => {
  const drag = fc.record({ handle: point, target: point }, { noNullPrototype: true });
  fc.assert(
    fc.property(drag, space, ({ handle, target }, s) => {
      const text = `${s}${handle.x}${s},${handle.y}:${target.x},${s}${target.y}${s}`;
      expect(parseDrag(text)).toEqual({ handle, target });
      expect(parseAnchor(`${s}${handle.x},${s}${handle.y}`)).toEqual(handle);
    }),
  );
});

it('reads two numbers, or says what it expected and got, whatever the text', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9.,:einfa x]{0,12}$/), fc.string({ unit: 'grapheme' }));
  const asked = (read: () => unknown, given: string) => {
    try {
      return read();
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toContain(`got '${given}'`);
      return null;
    }
  };
  fc.assert(
    fc.property(text, (given) => {
      const drag = asked(() => parseDrag(given), given) as ReturnType<typeof parseDrag> | null;
      const anchor = asked(() => parseAnchor(given), given) as ReturnType<typeof parseAnchor> | null;
      for (const read of [drag?.handle, drag?.target, anchor]) {
        if (!read) continue;
        expect(Object.keys(read)).toEqual(['x', 'y']);
        for (const value of Object.values(read)) {
          expect(typeof value).toBe('number');
          if (Number.isNaN(value)) expect(given).toMatch(/nan|inf/i);
        }
      }
      // the whole text is read: a drag has one colon, a point one comma
      if (drag) expect(given.split(':')).toHaveLength(2);
      if (anchor) expect(given.split(',')).toHaveLength(2);
    }),
    { numRuns: 2000, seed: 1 },
  );
});
