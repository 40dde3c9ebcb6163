// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operations are looked up by their names
import * as tf from '@tensorflow/tfjs';
import { type Operation, rounding, upstream, withGradients } from './case.js';
import { drawConvolution } from './draw-convolution.js';

/** Pooling. */
const operations: Record<string, Operation> = {};

for (const name of ['avgPool', 'maxPool'] as const) {
  operations[name] = (d) => {
    const { n, h, w, c, filter, strides, pad, text } = drawConvolution(d);
    const x = d.tensor([n, h, w, c], d.pick('whole', 'special'));

    return {
      describe: text,
      work: withGradients(
        (t) => (tf[name] as typeof tf.maxPool)(t as tf.Tensor4D, filter, strides, pad as 'same'),
        [x],
        d.int(0, 100),
      ),
      tolerance: rounding,
    };
  };
}
for (const name of ['avgPool3d', 'maxPool3d'] as const) {
  operations[name] = (d) => {
    const shape = [d.size(2), d.size(4), d.size(4), d.size(4), d.int(1, 3)];
    const filter: Triple = [d.int(1, 3), d.int(1, 3), d.int(1, 3)];
    const strides: Triple = [d.int(1, 4), d.int(1, 4), d.int(1, 4)];
    const pad = d.pick<'same' | 'valid'>('same', 'valid');
    const x = d.tensor(shape, d.pick('whole', 'special'));
    const seed = d.int(0, 100);
    const f = (t: tf.Tensor) => tf[name](t as tf.Tensor5D, filter, strides, pad);
    // the cpu backend's gradient of maxPool3d is wrong where a stride is larger than the filter, and for equal values
    const reference = name === 'maxPool3d' && {
      reference: () => [f(x()), maxPool3dGradient(x(), f(x()).shape, filter, strides, pad, seed)],
    };
    return {
      describe: `[${shape}] ${filter} s ${strides} ${pad}`,
      work: withGradients(f, [x], seed),
      ...reference,
      tolerance: rounding,
    };
  };
}
type Triple = [number, number, number];

/** Each element of dy goes to the first largest value of its window. */
function maxPool3dGradient(
  x: tf.Tensor,
  outShape: number[],
  filter: Triple,
  strides: Triple,
  pad: 'same' | 'valid',
  seed: number,
): tf.Tensor {
  const info = tf.backend_util.computePool3DInfo(
    x.shape as [number, number, number, number, number],
    filter,
    strides,
    1,
    pad,
  );
  const begin = [info.padInfo.front, info.padInfo.top, info.padInfo.left];
  const dx = tf.buffer(x.shape as [number, number, number, number, number], 'float32');
  const values = tf.buffer(
    x.shape as [number, number, number, number, number],
    'float32',
    x.dataSync() as Float32Array,
  );
  const dy = upstream(outShape, seed).dataSync();
  const range = (axis: number, at: number) =>
    Array.from({ length: filter[axis]! }, (_, k) => at * strides[axis]! - begin[axis]! + k).filter(
      (i) => i >= 0 && i < x.shape[axis + 1]!,
    );
  const [n, depth, height, width, channels] = outShape as [number, number, number, number, number];
  let next = 0;
  for (let b = 0; b < n; b++)
    for (let z = 0; z < depth; z++)
      for (let y = 0; y < height; y++)
        for (let w = 0; w < width; w++)
          for (let c = 0; c < channels; c++) {
            let best = Number.NEGATIVE_INFINITY;
            let place: [number, number, number, number, number] | undefined;
            for (const i of range(0, z))
              for (const j of range(1, y))
                for (const k of range(2, w)) {
                  const value = values.get(b, i, j, k, c);
                  if (value > best) [best, place] = [value, [b, i, j, k, c]];
                }
            if (place) dx.set(dx.get(...place) + dy[next]!, ...place);
            next++;
          }
  return dx.toTensor();
}
operations.maxPoolWithArgmax = (d) => {
  const { n, h, w, c, filter, strides, text } = drawConvolution(d);
  const pad = h <= (filter[0] - 1) * 3 || w <= (filter[1] - 1) * 3 ? 'same' : d.pick<'same' | 'valid'>('same', 'valid');
  const x = d.tensor([n, h, w, c], d.pick('whole', 'special'));
  const batch = d.pick(true, false);
  return {
    describe: `${text} ${batch} ${pad}`,
    work: () => {
      const { result, indexes } = tf.maxPoolWithArgmax(x() as tf.Tensor4D, filter, strides, pad, batch);
      return [result!, indexes!];
    },
  };
};
operations.dilation2d = (d) => {
  const { n, h, w, c, filter, strides, dilations, text } = drawConvolution(d);
  // a window without a pixel has no gradient; the cpu backend gives it to some pixel
  const roomy = h > (filter[0] - 1) * 3 && w > (filter[1] - 1) * 3;
  const pad = roomy ? d.pick<'same' | 'valid'>('same', 'valid') : 'same';
  const [x, f] = [d.tensor([n, h, w, c], 'whole'), d.tensor([...filter, c], 'whole')];
  return {
    describe: `${text} ${pad}`,
    work: withGradients(
      (a, b) => tf.dilation2d(a as tf.Tensor4D, b as tf.Tensor3D, strides, pad, roomy ? dilations : 1),
      [x, f],
      d.int(0, 100),
    ),
  };
};

export { operations as pooling };
