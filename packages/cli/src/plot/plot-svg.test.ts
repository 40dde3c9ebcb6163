import { expect, it } from 'vitest';
import { plotSvg } from './plot-svg.js';

it('labels round numbers that enclose the data', () => {
  const svg = plotSvg(
    [
      {
        name: 'loss',
        points: [
          [0, 0.13],
          [970, 0.88],
        ],
      },
    ],
    { title: 'a < b' },
  );
  expect(svg).toContain('>1000</text>');
  expect(svg).toContain('>0.2</text>');
  expect(svg).toContain('a &lt; b');
  expect(svg).not.toMatch(/NaN|Infinity/);
});

it('leaves gaps where values are not finite, and out what a logarithm has no place for', () => {
  const points: [number, number][] = [
    [0, 1],
    [1, Number.NaN],
    [2, 0.1],
    [3, 0],
    [4, 0.01],
  ];
  const svg = plotSvg([{ name: 'x', points }], { scale: 'log' });
  const [path] = svg.match(/<path d="[^"]*" fill="none" stroke="#0072b2"/) ?? [];
  expect(path?.match(/M/g)).toHaveLength(3);
  expect(svg).not.toMatch(/NaN|Infinity/);
});

it.each([
  [[]],
  [[[5, 5]]],
  [
    [
      [0, 0],
      [1, 0],
    ],
  ],
  [
    [
      [0, -1e9],
      [1e9, 1e9],
    ],
  ],
])('draws %j without nonsense', (points) => {
  for (const scale of ['linear', 'log'] as const) {
    expect(plotSvg([{ name: '', points: points as [number, number][], smooth: true }], { scale })).not.toMatch(
      /NaN|Infinity/,
    );
  }
});
