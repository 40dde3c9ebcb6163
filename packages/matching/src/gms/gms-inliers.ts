/**
 * The arithmetic of the GMS filter, without argument checks and without imports, so that a worker can load it alone.
 * `gmsFilter` is the public entry.
 */

/** Width and height in pixels. */
export type ImageSize = { readonly width: number; readonly height: number };

/** What the GMS filter kept. */
export type GmsResult = {
  /** `[M]`, 1 where a match is an inlier. */
  mask: Uint8Array;
  /** How many are. */
  count: number;
  /** Index into `GMS_SCALES` of the setting that won, 0 (no scale) if nothing was kept. */
  scaleIndex: number;
  /** Which of the 8 rotations of the 3x3 ring won, 0 for none. */
  rotationIndex: number;
};

/** Ratio of the right grid to the left one, in the order in which they are tried. */
export const GMS_SCALES: readonly number[] = [1, 1 / 2, 1 / Math.sqrt(2), Math.sqrt(2), 2];

/** The 3x3 neighbourhood, row by row, after each of the eight 45 degree turns of its ring. */
const ROTATIONS: readonly (readonly number[])[] = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8],
  [3, 0, 1, 6, 4, 2, 7, 8, 5],
  [6, 3, 0, 7, 4, 1, 8, 5, 2],
  [7, 6, 3, 8, 4, 0, 5, 2, 1],
  [8, 7, 6, 5, 4, 3, 2, 1, 0],
  [5, 8, 7, 2, 4, 6, 1, 0, 3],
  [2, 5, 8, 1, 4, 7, 0, 3, 6],
  [1, 2, 5, 0, 4, 8, 3, 6, 7],
];

const fround = Math.fround;

/** `[cells * 9]`: the cells around each cell, row by row, -1 outside the grid. */
function neighbours(width: number, height: number): Int32Array {
  const table = new Int32Array(width * height * 9).fill(-1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < 9; k++) {
        const nx = x + (k % 3) - 1;
        const ny = y + Math.floor(k / 3) - 1;
        if (nx >= 0 && nx < width && ny >= 0 && ny < height) table[(y * width + x) * 9 + k] = ny * width + nx;
      }
    }
  }
  return table;
}

/**
 * Left cell of every match in one of the four shifted grids, -1 where it has none. Products are rounded to float32;
 * the half-cell shift is added in double precision. The guards differ between the four grids, as in the author's
 * program: the first does not look at negative coordinates, the second not at y, the third not at x.
 */
function leftCells(points: Float32Array, matches: Int32Array, grid: number, type: number, cells: Int32Array): void {
  const shiftX = type === 1 || type === 3 ? 0.5 : 0;
  const shiftY = type >= 2 ? 0.5 : 0;
  for (let m = 0; m < cells.length; m++) {
    const i = matches[2 * m]!;
    const x = Math.floor(fround(points[2 * i]! * grid) + shiftX);
    const y = Math.floor(fround(points[2 * i + 1]! * grid) + shiftY);
    let outside: boolean;
    if (type === 0) outside = y >= grid || x >= grid;
    else if (type === 1) outside = x >= grid || x < 1;
    else if (type === 2) outside = y >= grid || y < 1;
    else outside = y >= grid || y < 1 || x >= grid || x < 1;
    cells[m] = outside ? -1 : x + y * grid;
  }
}

/** Coordinates divided by the image size, in float32. */
function normalise(points: Float32Array, { width, height }: ImageSize): Float32Array {
  const result = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    result[i] = points[i]! / width;
    result[i + 1] = points[i + 1]! / height;
  }
  return result;
}

/** Right cell of every match. */
function rightCells(points: Float32Array, matches: Int32Array, grid: number, cells: Int32Array): void {
  for (let m = 0; m < cells.length; m++) {
    const j = matches[2 * m + 1]!;
    const x = Math.floor(fround(points[2 * j]! * grid));
    const y = Math.floor(fround(points[2 * j + 1]! * grid));
    cells[m] = x + y * grid;
  }
}

/** The matches by cell in one pair of grids, and the memory to count in. */
type Grids = {
  /** `[matches]` each */
  readonly leftCell: Int32Array;
  readonly rightCell: Int32Array;
  readonly leftNumber: number;
  readonly rightNumber: number;
  /** `[cells * 9]` each, see `neighbours` */
  readonly leftNeighbours: Int32Array;
  readonly rightNeighbours: Int32Array;
};

/** What is counted in one pair of grids. */
type Statistics = {
  /** `[left * right]` matches from cell to cell; all 0 between two counts */
  readonly motion: Int32Array;
  /** `[left]` each: matches, the right cell that most of them go to (-1 for none), and how many do */
  readonly pointsInCell: Int32Array;
  readonly partner: Int32Array;
  readonly most: Int32Array;
};

/** Counts the matches from cell to cell, and finds each left cell's most frequent partner. */
function count({ leftCell, rightCell, leftNumber, rightNumber }: Grids, statistics: Statistics): void {
  const { motion, pointsInCell, partner, most } = statistics;
  partner.fill(-1);
  most.fill(0);
  pointsInCell.fill(0);
  for (let m = 0; m < leftCell.length; m++) {
    const l = leftCell[m]!;
    const r = rightCell[m]!;
    // A point on the far border has no cell of its own; like the author's table, the flat index runs on into the next
    // row.
    const at = l * rightNumber + r;
    if (l < 0 || r < 0 || l >= leftNumber || at >= motion.length) continue;
    motion[at]!++;
    pointsInCell[l]!++;
  }
  // The first of the most frequent partners: larger count, then smaller index.
  for (let m = 0; m < leftCell.length; m++) {
    const l = leftCell[m]!;
    const r = rightCell[m]!;
    const at = l * rightNumber + r;
    if (l < 0 || r < 0 || l >= leftNumber || at >= motion.length) continue;
    const row = r < rightNumber ? l : Math.floor(at / rightNumber);
    const column = r < rightNumber ? r : at - row * rightNumber;
    const value = motion[at]!;
    if (value > most[row]! || (value === most[row] && column < partner[row]!)) {
      most[row] = value;
      partner[row] = column;
    }
  }
}

/** Takes back what `count` counted; cheaper than to clear the whole table. */
function uncount({ leftCell, rightCell, rightNumber }: Grids, { motion }: Statistics): void {
  for (let m = 0; m < leftCell.length; m++) {
    const l = leftCell[m]!;
    const at = l * rightNumber + rightCell[m]!;
    if (l >= 0 && at >= 0 && at < motion.length) motion[at] = 0;
  }
}

/**
 * Each left cell's partner if the cells around them agree under a turn of the ring: as many matches between the
 * neighbours as `thresholdFactor * sqrt(mean points of a cell)`. -2 where they do not, -1 without a partner.
 */
function verify(
  { leftNumber, rightNumber, leftNeighbours, rightNeighbours }: Grids,
  { motion, pointsInCell, partner }: Statistics,
  turn: readonly number[],
  thresholdFactor: number,
  verified: Int32Array,
): void {
  for (let l = 0; l < leftNumber; l++) {
    const r = partner[l]!;
    verified[l] = r;
    if (r < 0) continue;
    let score = 0;
    let points = 0;
    let pairs = 0;
    for (let k = 0; k < 9; k++) {
      const ll = leftNeighbours[l * 9 + k]!;
      const rr = rightNeighbours[r * 9 + turn[k]!]!;
      if (ll < 0 || rr < 0) continue;
      score += motion[ll * rightNumber + rr]!;
      points += pointsInCell[ll]!;
      pairs++;
    }
    if (score < thresholdFactor * Math.sqrt(points / pairs)) verified[l] = -2;
  }
}

/** Marks the matches that go from a cell to its verified partner. */
function mark({ leftCell, rightCell, leftNumber }: Grids, verified: Int32Array, mask: Uint8Array): void {
  for (let m = 0; m < leftCell.length; m++) {
    const l = leftCell[m]!;
    if (l >= 0 && l < leftNumber && verified[l] === rightCell[m]) mask[m] = 1;
  }
}

/**
 * Grid-based motion statistics, decision for decision as in the author's program.
 *
 * The statistics of a (scale, shift) pair do not depend on the rotation, so they are counted once for the eight; and a
 * cell's most frequent partner is found from the matches, not by scanning the 400 x 1600 table. Neither changes a bit
 * of the result.
 */
export function gmsInliers(
  pointsA: Float32Array,
  sizeA: ImageSize,
  pointsB: Float32Array,
  sizeB: ImageSize,
  matches: Int32Array,
  rotation: boolean,
  scale: boolean,
  thresholdFactor: number,
  grid: number,
): GmsResult {
  const total = matches.length >> 1;
  const best: GmsResult = { mask: new Uint8Array(total), count: 0, scaleIndex: 0, rotationIndex: 0 };
  if (total === 0) return best;

  const left = normalise(pointsA, sizeA);
  const right = normalise(pointsB, sizeB);
  const leftNumber = grid * grid;
  const leftNeighbours = neighbours(grid, grid);
  const leftOfType = [0, 1, 2, 3].map((type) => {
    const cells = new Int32Array(total);
    leftCells(left, matches, grid, type, cells);
    return cells;
  });
  const rotations = ROTATIONS.slice(0, rotation ? 8 : 1);
  const masks = rotations.map(() => new Uint8Array(total));
  const byLeftCell = () => new Int32Array(leftNumber);
  const counts = { partner: byLeftCell(), most: byLeftCell(), pointsInCell: byLeftCell() };
  const verified = byLeftCell();
  const rightCell = new Int32Array(total);

  for (const [scaleIndex, ratio] of GMS_SCALES.slice(0, scale ? undefined : 1).entries()) {
    const rightGrid = Math.trunc(grid * ratio);
    const rightNumber = rightGrid * rightGrid;
    rightCells(right, matches, rightGrid, rightCell);
    const statistics: Statistics = { ...counts, motion: new Int32Array(leftNumber * rightNumber) };
    const rightNeighbours = neighbours(rightGrid, rightGrid);
    for (const mask of masks) mask.fill(0);

    for (const leftCell of leftOfType) {
      const grids: Grids = { leftCell, rightCell, leftNumber, rightNumber, leftNeighbours, rightNeighbours };
      count(grids, statistics);
      for (const [rotationIndex, turn] of rotations.entries()) {
        verify(grids, statistics, turn, thresholdFactor, verified);
        mark(grids, verified, masks[rotationIndex]!);
      }
      uncount(grids, statistics);
    }

    for (const [rotationIndex, mask] of masks.entries()) {
      let kept = 0;
      for (let m = 0; m < total; m++) kept += mask[m]!;
      if (kept <= best.count) continue;
      best.mask.set(mask);
      Object.assign(best, { count: kept, scaleIndex, rotationIndex });
    }
  }
  return best;
}
