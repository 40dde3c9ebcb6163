import type { Draw } from '../draw.js';

export const activationNames = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu'] as const;

type Padding = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];

function padding(d: Draw, h: number, w: number, square: boolean): Padding {
  const choice = d.int(0, 5);
  if (choice <= 1) return 'same';
  if (choice <= 3) return 'valid';
  if (choice === 4 && square) return d.int(0, Math.min(h, w, 2));
  return [
    [0, 0],
    [d.int(0, 2), d.int(0, 2)],
    [d.int(0, 2), d.int(0, 2)],
    [0, 0],
  ];
}

/** Sizes, filter, strides, dilations and padding that fit one another. */
export function drawConvolution(d: Draw) {
  const square = d.int(0, 1) === 0;
  const [kh, kw] = [d.int(1, 4), d.int(1, 4)];
  const [sh, sw] = [d.int(1, 5), d.int(1, 5)];
  const filter: [number, number] = square ? [kh, kh] : [kh, kw];
  const strides: [number, number] = square ? [sh, sh] : [sh, sw];
  const dilated = d.int(0, 3) === 0;
  const dilations: [number, number] = dilated ? [d.int(1, 3), d.int(1, 3)] : [1, 1];
  if (square && dilated) dilations[1] = dilations[0];
  if (dilated && Math.max(...dilations) > 1) strides.fill(1);
  const [n, h, w, c] = [d.size(2), d.size(9), d.size(9), d.int(1, d.pick(3, 9))];
  const drawn = padding(d, kh, kw, square && !dilated);
  const fits = ([size, k, dilation]: [number, number, number], [before, after]: [number, number]) =>
    size + before + after >= (k - 1) * dilation;
  const [rows, columns] = Array.isArray(drawn)
    ? [drawn[1], drawn[2]]
    : ([
        [0, 0],
        [0, 0],
      ] as [[number, number], [number, number]]);
  const pad = fits([h, filter[0], dilations[0]], rows) && fits([w, filter[1], dilations[1]], columns) ? drawn : 'same';
  const values = d.pick<'whole' | 'special'>('whole', 'whole', 'special');
  return {
    n,
    h,
    w,
    c,
    filter,
    strides,
    dilations,
    pad,
    values,
    text: `[${n},${h},${w},${c}] ${filter} s ${strides} d ${dilations} ${JSON.stringify(pad)} ${values}`,
  };
}
