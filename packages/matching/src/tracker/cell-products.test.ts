import { createRandom } from '@autodrag/nn';
import { createPlainProducts } from '@autodrag/nn/host';
import { expect, test } from 'vitest';
import { createCellProducts } from './cell-products.js';
import { rowProducts } from './row-products.js';

const random = createRandom(3);
const normal = (length: number) => Float32Array.from({ length }, () => random.normal());

test.each([
  ['WebAssembly', rowProducts()],
  ['plain', createPlainProducts()],
])(
  'products of cells are those of their features less the mean, in whatever order rows are asked for: %s',
  (name, by) => {
    for (const [rows, columns, channels, points] of [
      [5, 7, 6, 3],
      [1, 1, 2, 1],
      [40, 64, 64, 9], // more than is worked on at once
    ] as const) {
      const map = { rows, columns, channels, data: normal(rows * columns * channels) };
      const [mean, wanted] = [normal(channels), normal(points * channels)];
      const products = createCellProducts(map, mean, wanted, by);
      products.ensure(rows - 1, rows - 1);
      products.ensure(Math.min(1, rows - 1), Math.min(3, rows - 1));
      products.ensure(0, rows - 1);
      const centred = (cell: number, c: number) => map.data[cell * channels + c]! - mean[c]!;
      const sum = (of: (c: number) => number) =>
        Array.from({ length: channels }, (_, c) => of(c)).reduce((a, b) => a + b);
      for (let i = 0; i < 300; i++) {
        const cell = random.integer(rows * columns);
        const p = random.integer(points);
        const expected = sum((c) => centred(cell, c) * wanted[p * channels + c]!);
        expect(products.wanted[cell * points + p], name).toBeCloseTo(expected, 3);
        for (const [kind, step] of [0, 1, columns - 1, columns, columns + 1].entries()) {
          const column = (cell % columns) + [0, 1, -1, 0, 1][kind]!;
          if (column < 0 || column >= columns || cell + step >= rows * columns) continue; // no neighbours
          const both = sum((c) => centred(cell, c) * centred(cell + step, c));
          expect(products.neighbors[kind]![cell], `${name}: ${kind}`).toBeCloseTo(both, 3);
        }
      }
    }
  },
);
