import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import { type FeatureLevel, normaliseFeatures } from './prepare-maps.js';
import { batchOffsets, extents, toImagePoints, toMapCoordinates } from './sample-map.js';

/** A square lattice of `2 * radius + 1` points a side around each centre, `step` image pixels apart. */
export type Lattice = { readonly radius: number; readonly step: number };

/** A map that is to be searched, with what is worth computing of it once. */
export type SearchMap = {
  /** `[B, h, w, C]`; normalised already if `products` is there. */
  map: tf.Tensor4D;
  level: Pick<FeatureLevel, 'mean' | 'gain'>;
  /** The lattice lies on the map's pixels, if its centres do (`snapToMap`). */
  aligned: boolean;
  /**
   * `[B * h * w, 1 or 4]` products of each pixel with itself and its neighbours, or null where so few pixels are looked
   * at that it is cheaper to normalise and multiply just those.
   */
  products: tf.Tensor2D | null;
};

/** Whether the pixels of a map are as far apart as the points of the lattice, so that none lies between them. */
function isAligned(map: tf.Tensor4D, size: ImageSize, { step }: Lattice): boolean {
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6 * b;
  return near(step * map.shape[1], size.height) && near(step * map.shape[2], size.width);
}

/** Pixels of the map along one side of the window that holds a lattice. */
export function windowCells(map: tf.Tensor4D, size: ImageSize, lattice: Lattice): number {
  if (isAligned(map, size, lattice)) return 2 * lattice.radius + 1;
  const [w, h] = extents(map);
  const stride = lattice.step * Math.max(w / size.width, h / size.height);
  return Math.min(Math.max(w, h), Math.ceil(2 * lattice.radius * stride) + 2);
}

/** Image points moved to the nearest pixel of a map, in image pixels. `[B, N, 2]` to `[B, N, 2]`. */
export function snapToMap(points: tf.Tensor3D, map: tf.Tensor4D, size: ImageSize): tf.Tensor3D {
  return tf.tidy(() => toImagePoints(tf.round(toMapCoordinates(points, map, size)), map, size) as tf.Tensor3D);
}

/**
 * Products of each pixel with its neighbours, `[B * h * w, 4]`: |b|^2, b . right, b . down, and the mean of
 * b . (down right) and right . down. With them the squared length of a bilinearly interpolated vector is exact, without
 * ever interpolating a vector. Entries that would need a pixel outside the map are never used.
 */
function neighbourProducts(map: tf.Tensor4D): tf.Tensor2D {
  const [batch, h, w, channels] = map.shape;
  const cells = batch * h * w;
  return tf.tidy(() => {
    const rows = tf.reshape(map, [cells, channels]) as tf.Tensor2D;
    /** Row k + p times row k + q, for every k; 0 where there is none. */
    const dot = (p: number, q: number): tf.Tensor1D => {
      const count = cells - Math.max(p, q);
      if (count <= 0) return tf.zeros([cells]);
      const first = tf.slice(rows, [p, 0], [count, channels]);
      const second = tf.slice(rows, [q, 0], [count, channels]);
      return tf.pad(tf.sum(tf.mul(first, second), 1), [[0, cells - count]]) as tf.Tensor1D;
    };
    const diagonal = tf.mul(0.5, tf.add(dot(0, w + 1), dot(1, w)));
    return tf.stack([tf.sum(tf.square(rows), 1), dot(0, 1), dot(0, w), diagonal], 1) as tf.Tensor2D;
  });
}

/** The same four products within gathered windows, `[B * N, K, K, C]` to `[B * N, K, K]` each. */
function windowProducts(patches: tf.Tensor4D): [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] {
  const side = patches.shape[1];
  const dot = (p: tf.Tensor, q: tf.Tensor) => tf.sum(tf.mul(p, q), 3);
  const part = (y: number, x: number, height: number, width: number) =>
    tf.slice(patches, [0, y, x, 0], [-1, height, width, -1]);
  const own = tf.sum(tf.square(patches), 3);
  if (side === 1) return [own, own, own, own];
  const less = side - 1;
  const pad = (value: tf.Tensor, down: number, right: number) =>
    tf.pad(value, [
      [0, 0],
      [0, down],
      [0, right],
    ]);
  const right = dot(part(0, 0, side, less), part(0, 1, side, less));
  const down = dot(part(0, 0, less, side), part(1, 0, less, side));
  const diagonal = tf.mul(
    0.5,
    tf.add(dot(part(0, 0, less, less), part(1, 1, less, less)), dot(part(0, 1, less, less), part(1, 0, less, less))),
  );
  return [own, pad(right, 0, 1), pad(down, 1, 0), pad(diagonal, 1, 1)];
}

/**
 * Decides how a map is searched by `queries` lattices.
 *
 * @param map `[B, h, w, C]`
 */
export function searchMap(
  map: tf.Tensor4D,
  level: SearchMap['level'],
  queries: number,
  size: ImageSize,
  lattice: Lattice,
): SearchMap {
  const [batch, h, w, channels] = map.shape;
  const aligned = isAligned(map, size, lattice);
  if (queries * windowCells(map, size, lattice) ** 2 < h * w) return { map, level, aligned, products: null };
  const normalised = tf.reshape(
    normaliseFeatures(tf.reshape(map, [batch, h * w, channels]), level),
    map.shape,
  ) as tf.Tensor4D;
  const products = aligned
    ? (tf.reshape(tf.sum(tf.square(normalised), 3), [-1, 1]) as tf.Tensor2D)
    : neighbourProducts(normalised);
  return { map: normalised, level, aligned, products };
}

/** The windows of the map that hold the lattices, `K` cells a side. */
type Windows = {
  /** `[B, N, 2]` centres on the map; x, y */
  readonly middle: tf.Tensor3D;
  /** `[2]` cells between the points of a lattice */
  readonly stride: tf.Tensor1D;
  /** `[2]` the last column and row of the map */
  readonly last: tf.Tensor1D;
  /** `[B, N, 2, K]` columns and rows of the windows, outside the map, too */
  readonly cellAt: tf.Tensor4D;
  /** `[B * N * K * K]` the cells as rows of the map; one outside is replaced by the border's */
  readonly indices: tf.Tensor1D;
};

function windowsOf(
  { map, aligned }: SearchMap,
  centres: tf.Tensor3D,
  size: ImageSize,
  lattice: Lattice,
  cells: number,
): Windows {
  const [batch, h, w] = map.shape;
  const middle = toMapCoordinates(centres, map, size) as tf.Tensor3D;
  const last = tf.tensor1d([w - 1, h - 1]);
  const stride = tf.tensor1d([(lattice.step * w) / size.width, (lattice.step * h) / size.height]);
  // the window's first cell
  const origin = aligned
    ? tf.sub(tf.round(middle), lattice.radius)
    : tf.minimum(
        tf.relu(tf.floor(tf.sub(middle, tf.mul(stride, lattice.radius)))),
        tf.tensor1d([Math.max(0, w - cells), Math.max(0, h - cells)]),
      );
  const steps = tf.range(0, cells, 1, 'float32'); // [K]
  const cellAt = tf.add(tf.expandDims(origin, 3), steps) as tf.Tensor4D;
  const inside = tf.minimum(tf.relu(cellAt), tf.reshape(last, [2, 1]));
  const [columns, rows] = tf.unstack(tf.cast(inside, 'int32'), 2) as [tf.Tensor, tf.Tensor]; // [B, N, K]
  const rowStart = tf.add(tf.mul(rows, tf.scalar(w, 'int32')), batchOffsets(batch, h * w, 3));
  const indices = tf.reshape(tf.add(tf.expandDims(rowStart, 3), tf.expandDims(columns, 2)), [-1]) as tf.Tensor1D;
  return { middle, stride, last, cellAt, indices };
}

/**
 * Of the feature at each point of the lattices, `[B * N, L, L]`: its product with the query, and its squared length.
 */
type Measured = { readonly along: tf.Tensor; readonly length: tf.Tensor };

/**
 * Between the cells: a feature that is interpolated bilinearly is a sum of cells by hat functions, so its product with
 * the query is one of those of the cells, and its squared length one of the products of neighbours.
 *
 * @param dots `[B * N, K, K]` of the cells with the query
 * @param products of the cells with themselves, to the right, down, and across, `[B * N, K, K]` each
 */
function interpolated(
  { middle, stride, last, cellAt }: Windows,
  dots: tf.Tensor3D,
  [own, right, down, diagonal]: readonly tf.Tensor[],
  { radius }: Lattice,
): Measured {
  const [count, cells] = dots.shape;
  const offsets = tf.range(-radius, radius + 1, 1, 'float32'); // [L]
  const at = tf.minimum(
    tf.relu(tf.add(tf.expandDims(middle, 3), tf.mul(tf.expandDims(stride, 1), offsets))),
    tf.reshape(last, [2, 1]),
  ); // [B, N, 2, L]
  const distance = tf.sub(tf.expandDims(at, 4), tf.expandDims(cellAt, 3)); // [B, N, 2, L, K]
  const hats = tf.relu(tf.sub(1, tf.abs(distance)));
  // 2 t (1 - t) at the cell on the left of the lattice point, for the products of neighbours.
  const crosses = tf.mul(2, tf.relu(tf.mul(distance, tf.sub(1, distance))));
  const axes = (value: tf.Tensor) =>
    tf.unstack(tf.reshape(value, [count, 2, 2 * radius + 1, cells]), 1) as [tf.Tensor3D, tf.Tensor3D];
  const [hatX, hatY] = axes(hats); // [B N, L, K]
  const [squareX, squareY] = axes(tf.square(hats));
  const [crossX, crossY] = axes(crosses);
  const inRow = tf.add(
    tf.matMul(own as tf.Tensor3D, squareX, false, true),
    tf.matMul(right as tf.Tensor3D, crossX, false, true),
  ); // [B N, K, L]
  const between = tf.add(
    tf.matMul(down as tf.Tensor3D, squareX, false, true),
    tf.matMul(diagonal as tf.Tensor3D, crossX, false, true),
  );
  return {
    along: tf.matMul(tf.matMul(hatY, dots), hatX, false, true),
    length: tf.relu(tf.add(tf.matMul(squareY, inRow as tf.Tensor3D), tf.matMul(crossY, between as tf.Tensor3D))),
  };
}

/**
 * The cost of every lattice point around every centre: how much the map's feature there, bilinearly interpolated,
 * differs from the query's: squared L2, or `2 - 2 cos`.
 *
 * @param queries `[B, N, C]`, normalised; unit vectors if `cosine`
 * @param centres `[B, N, 2]` x, y in image pixels
 * @returns `[B, N, L, L]`, rows then columns, `L = 2 radius + 1`
 */
export function windowCost(
  search: SearchMap,
  queries: tf.Tensor3D,
  centres: tf.Tensor3D,
  size: ImageSize,
  lattice: Lattice,
  cosine: boolean,
): tf.Tensor4D {
  const { map, level, aligned, products } = search;
  const [batch, h, w, channels] = map.shape;
  const count = centres.shape[1];
  const cells = windowCells(map, size, lattice);
  const square: [number, number, number] = [batch * count, cells, cells];
  return tf.tidy(() => {
    const windows = windowsOf(search, centres, size, lattice, cells);
    const gathered = tf.gather(tf.reshape(map, [batch * h * w, channels]), windows.indices);
    const patches = products
      ? gathered
      : normaliseFeatures(tf.reshape(gathered, [batch, count * cells * cells, channels]), level);
    const dots = tf.reshape(
      tf.matMul(
        tf.reshape(patches, [batch * count, cells * cells, channels]),
        tf.reshape(queries, [batch * count, channels, 1]),
      ),
      square,
    ) as tf.Tensor3D;
    /** Of the cells, `[B * N, K, K, 1 or 4]`. */
    const known = () => tf.reshape(tf.gather(products as tf.Tensor2D, windows.indices), [...square, -1]);
    let measured: Measured;
    if (aligned) {
      const length = products ? known() : tf.sum(tf.square(patches), 2);
      measured = { along: dots, length: tf.reshape(length, square) };
    } else {
      const neighbours = products
        ? tf.unstack(known(), 3)
        : windowProducts(tf.reshape(patches, [...square, channels]) as tf.Tensor4D);
      measured = interpolated(windows, dots, neighbours, lattice);
    }
    const { along, length } = measured;
    const side = 2 * lattice.radius + 1;
    let cost: tf.Tensor;
    if (cosine) cost = tf.sub(2, tf.mul(tf.mul(along, 2), tf.rsqrt(tf.add(length, 1e-12))));
    else {
      const energy = tf.reshape(tf.sum(tf.square(queries), 2), [batch * count, 1, 1]);
      cost = tf.relu(tf.sub(tf.add(energy, length), tf.mul(2, along)));
    }
    return tf.reshape(cost, [batch, count, side, side]) as tf.Tensor4D;
  });
}
