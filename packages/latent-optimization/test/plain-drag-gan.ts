// DragGAN's formulas once more, with loops over plain numbers in float64, and nothing of the code under test: the map
// is enlarged as a whole, its gradient is carried back by hand.

/** A map or picture in ordinary memory: `values[(row * width + column) * channels + channel]`. */
export type PlainMap = { height: number; width: number; channels: number; values: Float64Array };

/** A generator whose features are `tanh(offset + matrix · code)`, over the edited layers alone. */
export type PlainGenerator = { height: number; width: number; channels: number; matrix: number[][]; offset: number[] };

export type PlainTask = {
  generator: PlainGenerator;
  picture: { height: number; width: number };
  code: number[];
  /** `[row, column]` */
  handles: [number, number][];
  targets: [number, number][];
  mask?: ArrayLike<number>;
  lambda: number;
  rate: number;
  /** In pixels of the picture. */
  r1: number;
  r2: number;
  steps: number;
};

export type PlainStep = {
  loss: number;
  lossMask: number;
  points: [number, number][];
  gradient: number[];
  code: number[];
};

export function plainDragGan(task: PlainTask): PlainStep[] {
  const { generator, picture, handles, targets, mask, lambda, rate, r1, r2, steps } = task;
  const longer = Math.max(picture.height, picture.width);
  let code = [...task.code];
  let points = handles;
  const first = enlarge(featuresOf(generator, code), picture);
  const references = handles.map(([row, column]) => at(first, row, column));
  const [m, v] = [code.map(() => 0), code.map(() => 0)];
  const made: PlainStep[] = [];
  for (let step = 1; step <= steps; step++) {
    const map = featuresOf(generator, code);
    const large = enlarge(map, picture);
    points = points.map((point, p) => track(large, point, references[p]!, r2));
    const slope = { ...large, values: new Float64Array(large.values.length) };
    let loss = 0;
    points.forEach((point, p) => {
      loss += supervise(large, point, targets[p]!, r1, slope);
    });
    let lossMask = 0;
    if (mask) {
      for (let i = 0; i < large.values.length; i++) {
        const weight = mask[Math.floor(i / large.channels)]! / large.values.length;
        const change = large.values[i]! - first.values[i]!;
        lossMask += weight * Math.abs(change);
        slope.values[i]! += lambda * weight * Math.sign(change);
      }
    }
    const gradient = codeGradient(generator, code, shrinkGradient(slope, map));
    if (!points.every(([y, x], p) => Math.hypot(y - targets[p]![0], x - targets[p]![1]) <= Math.max(2, longer / 256))) {
      code = code.map((value, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * gradient[i]!;
        v[i] = 0.999 * v[i]! + 0.001 * gradient[i]! ** 2;
        return value - (rate * (m[i]! / (1 - 0.9 ** step))) / (Math.sqrt(v[i]! / (1 - 0.999 ** step)) + 1e-8);
      });
    }
    made.push({ loss: loss + lambda * lossMask, lossMask, points, gradient, code });
  }
  return made;
}

function featuresOf({ height, width, channels, matrix, offset }: PlainGenerator, code: readonly number[]): PlainMap {
  const values = Float64Array.from(offset, (value, i) =>
    Math.tanh(value + matrix[i]!.reduce((sum, one, k) => sum + one * code[k]!, 0)),
  );
  return { height, width, channels, values };
}

function codeGradient(
  { matrix }: PlainGenerator,
  code: readonly number[],
  { values }: PlainMap & { values: Float64Array },
) {
  return code.map((_, k) => values.reduce((sum, value, i) => sum + value * matrix[i]![k]!, 0));
}

const at = ({ width, channels, values }: PlainMap, row: number, column: number) =>
  values.slice((row * width + column) * channels, (row * width + column + 1) * channels);

/** By row and column of the large map: which four of the small one, and how much of each. */
function corners(size: number, source: number, i: number): [number, number][] {
  const centre = Math.max(((i + 0.5) * source) / size - 0.5, 0);
  const low = Math.floor(centre);
  return [
    [low, 1 - (centre - low)],
    [Math.min(low + 1, source - 1), centre - low],
  ];
}

/** Bilinear, half-pixel centres. */
function enlarge(map: PlainMap, { height, width }: { height: number; width: number }): PlainMap {
  const values = new Float64Array(height * width * map.channels);
  eachCorner(map, { height, width }, (to, from, weight) => {
    for (let c = 0; c < map.channels; c++) values[to + c]! += weight * map.values[from + c]!;
  });
  return { height, width, channels: map.channels, values };
}

/** The gradient of what was enlarged: at each small pixel the sum of what was made of it, times the slope of tanh. */
function shrinkGradient(slope: PlainMap, map: PlainMap): PlainMap {
  const values = new Float64Array(map.values.length);
  eachCorner(map, slope, (to, from, weight) => {
    for (let c = 0; c < map.channels; c++) values[from + c]! += weight * slope.values[to + c]!;
  });
  return { ...map, values: values.map((value, i) => value * (1 - map.values[i]! ** 2)) };
}

function eachCorner(
  map: PlainMap,
  { height, width }: { height: number; width: number },
  visit: (to: number, from: number, weight: number) => void,
): void {
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      for (const [row, down] of corners(height, map.height, i)) {
        for (const [column, right] of corners(width, map.width, j)) {
          visit((i * width + j) * map.channels, (row * map.width + column) * map.channels, down * right);
        }
      }
    }
  }
}

function track(large: PlainMap, [y, x]: [number, number], reference: Float64Array, r2: number): [number, number] {
  let best: [number, number] = [y, x];
  let least = Number.POSITIVE_INFINITY;
  for (let i = Math.max(0, y - r2); i < Math.min(large.height, y + r2 + 1); i++) {
    for (let j = Math.max(0, x - r2); j < Math.min(large.width, x + r2 + 1); j++) {
      const distance = Math.hypot(...at(large, i, j).map((value, c) => value - reference[c]!));
      if (distance < least) [least, best] = [distance, [i, j]];
    }
  }
  return best;
}

/** Motion supervision of one point. @param slope gets the gradient added */
function supervise(
  large: PlainMap,
  [y, x]: [number, number],
  [toY, toX]: [number, number],
  r1: number,
  slope: PlainMap,
): number {
  const way = Math.hypot(toY - y, toX - x);
  if (way <= 1) return 0;
  const [down, right] = [(toY - y) / (way + 1e-7), (toX - x) / (way + 1e-7)];
  const line = (i: number, size: number) => (i * size) / (size - 1);
  const region: [number, number][] = [];
  for (let i = 0; i < large.height; i++) {
    for (let j = 0; j < large.width; j++) {
      if (Math.hypot(line(i, large.height) - y, line(j, large.width) - x) < r1) region.push([i, j]);
    }
  }
  const count = region.length * large.channels;
  let sum = 0;
  for (const [i, j] of region) {
    const here = at(large, i, j);
    const [top, left] = [Math.floor(i + down), Math.floor(j + right)];
    const [below, after] = [i + down - top, j + right - left];
    const parts = (
      [
        [top, left, (1 - below) * (1 - after)],
        [top, left + 1, (1 - below) * after],
        [top + 1, left, below * (1 - after)],
        [top + 1, left + 1, below * after],
      ] as const
    ).filter(([row, column]) => row >= 0 && column >= 0 && row < large.height && column < large.width);
    for (let c = 0; c < large.channels; c++) {
      const there = parts.reduce((all, [row, column, weight]) => all + weight * at(large, row, column)[c]!, 0);
      sum += Math.abs(here[c]! - there) / count;
      for (const [row, column, weight] of parts) {
        slope.values[(row * large.width + column) * large.channels + c]! +=
          (weight * Math.sign(there - here[c]!)) / count;
      }
    }
  }
  return sum;
}
