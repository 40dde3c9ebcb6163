import '@tensorflow/tfjs-backend-cpu';
import { createRandom, disposeParameters, mapParameters } from '@autodrag/nn';
import { createHost, createPlainProducts } from '@autodrag/nn/host';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFieldOnHost } from './field-on-host.js';
import { createMotionFieldParameters, motionField } from './motion-field.js';
import { choleskyFactor, solveFactored } from './positive-matrix.js';
import { createSettlingOnHost } from './settle-on-host.js';
import { codeSpread, type SettlingParameters } from './settling.js';

const config = {
  numWs: 6,
  wDim: 5,
  editedLayers: 4,
  imageResolution: [48, 64] as const,
  fourierFrequencies: 3,
  maxPoints: 8,
};
const random = createRandom(4);
const places = [
  { x: 3, y: 40 },
  { x: 31.5, y: 20 },
  { x: 60, y: 7 },
];
const normal = (size: number, std = 1) => Float32Array.from({ length: size }, () => std * random.normal());
let settling: SettlingParameters;

beforeAll(async () => {
  await tf.setBackend('cpu');
  const statistics = { average: tf.tensor1d(normal(5, 0.3)), std: tf.tensor1d([0.5, 0.8, 1, 1.2, 0.7]) };
  const fresh = createMotionFieldParameters(random, config, statistics, { width: 12, blocks: 2 });
  // heads and outputs of a fresh field are near zero
  const field = mapParameters(fresh, (tensor, name) =>
    name.startsWith('statistics') ? tf.clone(tensor) : tf.tensor(normal(tensor.size, 0.4), tensor.shape),
  );
  const codes = tf.tensor2d(normal(200 * 5), [200, 5]);
  settling = { field, spread: codeSpread(codes) };
  disposeParameters(fresh);
  tf.dispose([codes, statistics.average, statistics.std]);
});
afterAll(() => disposeParameters(settling));

const products = { host: () => createHost()!, plain: createPlainProducts };

describe.each(['host', 'plain'] as const)('createFieldOnHost by %s products', (kind) => {
  it('is the motion field', async () => {
    const field = await createFieldOnHost(products[kind](), settling, config);
    const [start, codes] = [normal(20), normal(20)];
    const expected = tf.tidy(() =>
      motionField(settling.field, config, {
        start: tf.tensor3d(start, [1, 4, 5]),
        codes: tf.tensor3d(codes, [1, 4, 5]),
        points: tf.tensor3d([places.map(({ x, y }) => [x, y])]),
      }).dataSync(),
    );
    const moved = field(start, places).moved(codes);
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(10);
    for (const [i, value] of expected.entries()) expect(moved[i]).toBeCloseTo(value, 2);
  });

  it('has the derivative that differences have', async () => {
    const field = (await createFieldOnHost(products[kind](), settling, config))(normal(20), places);
    const codes = normal(20);
    const spread = await settling.spread.data();
    const { jacobian } = field.linearized(codes);
    const step = 1e-2;
    for (let k = 0; k < 5; k++) {
      const ahead = (sign: number) =>
        field.moved(codes.map((value, i) => value + sign * step * spread[(i % 5) * 5 + k]!));
      const [more, less] = [ahead(1), ahead(-1)];
      for (let row = 0; row < 6; row++) {
        const slope = (more[row]! - less[row]!) / (2 * step);
        expect(Math.abs(jacobian[row * 5 + k]! - slope)).toBeLessThan(0.02 * Math.abs(slope) + 0.15);
      }
    }
  });
});

describe('createSettlingOnHost', () => {
  const model = () => ({ parameters: { settling }, config }) as never;
  const w = normal(30);
  const code = w.map((value, i) => (i < 20 ? value + 0.1 : value));

  it('brings points nearer to their targets, as the field sees it, and leaves the other layers alone', async () => {
    const settler = (await createSettlingOnHost(createHost(), model()))!;
    const before = settler.expect({ w, code, places });
    const points = places.map((handle, i) => ({ handle, target: { x: before[i]!.x + 3, y: before[i]!.y - 2 } }));
    const settled = settler.settle({ w, code, points: points.slice(0, 1) });
    const [reached] = settler.expect({ w, code: settled, places });
    expect(Math.hypot(reached!.x - points[0]!.target.x, reached!.y - points[0]!.target.y)).toBeLessThan(0.5);
    expect(settled.subarray(20)).toEqual(code.subarray(20));
    // all edited layers by as much
    const change = settled.map((value, i) => value - code[i]!);
    for (let i = 5; i < 20; i++) expect(change[i]).toBeCloseTo(change[i % 5]!, 5);
    expect(settler.settle({ w, code, points })).toHaveLength(30);
    expect(settler.settle({ w, code, points: [] })).toEqual(code);
  });

  it('holds nothing, and is null where there is no field', async () => {
    const { numTensors } = tf.memory();
    const settler = await createSettlingOnHost(null, model());
    settler!.settle({ w, code, points: [{ handle: places[0]!, target: places[1]! }] });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await createSettlingOnHost(null, { parameters: {}, config } as never)).toBeNull();
  });
});

describe('codeSpread', () => {
  it('is a factor of the covariance', () => {
    const mix = [1, 0.5, -0.3, 2];
    const rows = Array.from({ length: 5000 }, () => {
      const [a, b] = normal(2);
      return [mix[0]! * a!, mix[1]! * a! + mix[2]! * b! + mix[3]!];
    });
    const spread = tf.tidy(() => codeSpread(tf.tensor2d(rows)).arraySync());
    expect(spread[0]![0]).toBeCloseTo(1, 1);
    expect(spread[0]![1]).toBe(0);
    expect(spread[1]![0]).toBeCloseTo(0.5, 1);
    expect(spread[1]![1]).toBeCloseTo(0.3, 1);
  });
});

describe('solveFactored', () => {
  it('solves', () => {
    const matrix = Float64Array.from([4, 2, 0.5, 2, 5, 1, 0.5, 1, 3]);
    const x = solveFactored(choleskyFactor(matrix, 3), Float64Array.from([1, -2, 3]));
    for (const [i, right] of [1, -2, 3].entries()) {
      expect(x.reduce((sum, value, k) => sum + matrix[3 * i + k]! * value, 0)).toBeCloseTo(right, 12);
    }
    expect(choleskyFactor(Float64Array.from([4, 2, 2, 5]), 2)).toEqual(Float64Array.from([2, 0, 1, 2]));
  });
});
