import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import { batchOffsets, toMapCoordinate } from './sample-map.js';

/** A square lattice of `2 * radius + 1` points a side around each centre, `step` image pixels apart. */
export type Lattice = { radius: number; step: number };

/**
 * Products of each pixel with its neighbours, `[B, h, w, 4]`: |b|^2, b . right, b . down, and the mean of
 * b . (down right) and right . down. With them the squared length of a bilinearly interpolated vector is exact, without
 * ever interpolating a vector.
 */
export function neighbourProducts(map: tf.Tensor4D): tf.Tensor4D {
  const [, h, w] = map.shape;
  return tf.tidy(() => {
    const shifted = (dy: number, dx: number) =>
      tf.mirrorPad(
        tf.slice(
          map,
          [0, Math.min(dy, h - 1), Math.min(dx, w - 1), 0],
          [-1, Math.max(1, h - dy), Math.max(1, w - dx), -1],
        ),
        [
          [0, 0],
          [0, h > 1 ? dy : 0],
          [0, w > 1 ? dx : 0],
          [0, 0],
        ],
        'symmetric',
      );
    const right = shifted(0, 1);
    const down = shifted(1, 0);
    const dot = (p: tf.Tensor, q: tf.Tensor) => tf.sum(tf.mul(p, q), 3);
    const diagonal = tf.mul(0.5, tf.add(dot(map, shifted(1, 1)), dot(right, down)));
    return tf.stack([dot(map, map), dot(map, right), dot(map, down), diagonal], 3) as tf.Tensor4D;
  });
}

/** Lattice coordinates on one axis of a map, the first cell of the window that holds them, and its width in cells. */
function axis(centre: tf.Tensor2D, mapSize: number, imageSize: number, { radius, step }: Lattice) {
  const points = 2 * radius + 1;
  const stride = (step * mapSize) / imageSize;
  const cells = Math.min(mapSize, Math.ceil((points - 1) * stride) + 2);
  const middle = toMapCoordinate(centre, mapSize, imageSize); // [B, N]
  const origin = tf.clipByValue(tf.floor(tf.sub(middle, radius * stride)), 0, mapSize - cells); // [B, N]
  const offsets = tf.mul(tf.range(-radius, radius + 1, 1, 'float32'), stride); // [L]
  const at = tf.clipByValue(tf.add(tf.expandDims(middle, 2), offsets), 0, mapSize - 1); // [B, N, L]
  const local = tf.expandDims(tf.sub(at, tf.expandDims(origin, 2)), 3); // [B, N, L, 1]
  const distance = tf.sub(local, tf.range(0, cells, 1, 'float32')); // [B, N, L, K], lattice point minus cell
  const hat = tf.relu(tf.sub(1, tf.abs(distance))); // interpolation weight of each cell
  // 2 t (1 - t) at the cell on the left of the lattice point, for the products of neighbours.
  const inside = tf.relu(tf.mul(distance, tf.sub(1, distance)));
  return { origin, cells, hat, squared: tf.square(hat), cross: tf.mul(2, inside) };
}

/**
 * The cost of every lattice point around every centre: how much the map's feature there, bilinearly interpolated,
 * differs from the query's: squared L2, or `2 - 2 cos` for maps of unit vectors.
 *
 * @param map `[B, h, w, C]`
 * @param products its `neighbourProducts`
 * @param queries `[B, N, C]`
 * @param centres `[B, N, 2]` x, y in image pixels
 * @returns `[B, N, L, L]`, rows then columns, `L = 2 radius + 1`
 */
export function windowCost(
  map: tf.Tensor4D,
  products: tf.Tensor4D,
  queries: tf.Tensor3D,
  centres: tf.Tensor3D,
  size: ImageSize,
  lattice: Lattice,
  cosine: boolean,
): tf.Tensor4D {
  const [batch, h, w, channels] = map.shape;
  const count = centres.shape[1];
  return tf.tidy(() => {
    const [cx, cy] = tf.unstack(centres, 2) as [tf.Tensor2D, tf.Tensor2D];
    const x = axis(cx, w, size.width, lattice);
    const y = axis(cy, h, size.height, lattice);
    const corner = tf.add(
      tf.add(tf.cast(tf.mul(y.origin, w), 'int32'), tf.cast(x.origin, 'int32')),
      batchOffsets(batch, h * w),
    ); // [B, N]
    const within = tf.tensor1d(
      Int32Array.from({ length: y.cells * x.cells }, (_, k) => Math.floor(k / x.cells) * w + (k % x.cells)),
      'int32',
    );
    const indices = tf.reshape(tf.add(tf.expandDims(corner, 2), within), [-1]); // [B * N * K * K]
    const patches = tf.reshape(tf.gather(tf.reshape(map, [batch * h * w, channels]), indices), [
      batch * count,
      y.cells * x.cells,
      channels,
    ]);
    const dots = tf.reshape(tf.matMul(patches, tf.reshape(queries, [batch * count, channels, 1])), [
      batch,
      count,
      y.cells,
      x.cells,
    ]);
    const interpolate = (value: tf.Tensor, wy: tf.Tensor, wx: tf.Tensor) =>
      tf.matMul(tf.matMul(wy, value), wx, false, true); // [B, N, L, L]
    const along = interpolate(dots, y.hat, x.hat);

    const gathered = tf.reshape(tf.gather(tf.reshape(products, [batch * h * w, 4]), indices), [
      batch,
      count,
      y.cells,
      x.cells,
      4,
    ]);
    const [own, right, down, diagonal] = tf.unstack(gathered, 4) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const rows = tf.add(tf.matMul(own, x.squared, false, true), tf.matMul(right, x.cross, false, true)); // [B, N, K, L]
    const pairs = tf.add(tf.matMul(down, x.squared, false, true), tf.matMul(diagonal, x.cross, false, true));
    const length = tf.relu(tf.add(tf.matMul(y.squared, rows), tf.matMul(y.cross, pairs))); // [B, N, L, L]
    if (cosine) return tf.sub(2, tf.mul(2, tf.mul(along, tf.rsqrt(tf.add(length, 1e-12))))) as tf.Tensor4D;
    const energy = tf.reshape(tf.sum(tf.square(queries), 2), [batch, count, 1, 1]);
    return tf.relu(tf.sub(tf.add(energy, length), tf.mul(2, along))) as tf.Tensor4D;
  });
}
