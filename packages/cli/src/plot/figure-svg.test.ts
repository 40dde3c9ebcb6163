import { expect, test } from 'vitest';
import { encodePng, encodeSvg } from '../node/images.js';
import { figureSvg } from './figure-svg.js';

const tile = async (grey: number, over = {}) => {
  const data = new Uint8ClampedArray(16 * 8 * 4).fill(grey).map((value, i) => (i % 4 === 3 ? 255 : value));
  return { png: await encodePng({ width: 16, height: 8, data }), width: 16, height: 8, ...over };
};

test('pictures with titles, captions and rings in one picture, wide ones too', async () => {
  const over = {
    caption: '<1 % & less',
    goals: [{ x: 3, y: 4 }],
    points: [{ handle: { x: 1, y: 1 }, target: { x: 9, y: 2 } }],
  };
  const svg = figureSvg({
    columns: ['before', 'a title that is much too long for the width of a single tile'],
    rows: [
      { title: 'worst of all', tiles: [await tile(0), await tile(100, over)] },
      { title: '', tiles: [null, await tile(200)] },
    ],
  });
  expect(svg.match(/<image /g)).toHaveLength(3);
  expect(svg).toContain('&lt;1 % &amp; less');
  expect(svg.match(/<text [^>]*>a title[^<]*/)![0]).not.toContain('single tile');
  const size = (name: string) => Number(new RegExp(`<svg [^>]*${name}="(\\d+)"`).exec(svg)![1]);
  const png = await encodeSvg(svg);
  const view = new DataView(png.buffer, png.byteOffset);
  expect([view.getUint32(16), view.getUint32(20)]).toEqual([size('width'), size('height')]);
  expect(size('height')).toBeLessThan(size('width')); // two rows of 100 pixels, two columns of 200
});
