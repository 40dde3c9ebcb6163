import { expect, it } from 'vitest';
import { pointsSvg } from './points-svg.js';

it('draws at pixel centres, enlarged', () => {
  const svg = pointsSvg({ width: 10, height: 8 }, [{ handle: { x: 0, y: 0 }, target: { x: 9, y: 7 } }], {
    scale: 10,
    anchors: [{ x: 4, y: 4 }],
    reached: [{ x: 8, y: 7 }],
  });
  expect(svg).toMatch(/^<svg [^>]*width="100" height="80"/);
  expect(svg).toContain('cx="5" cy="5"');
  expect(svg).toContain('cx="95" cy="75"');
  expect(svg).toContain('cx="85" cy="75"');
  expect(svg.match(/<rect/g)).toHaveLength(1);
});
