import { avatarDomain, landmarkNames, latentDimensions } from '@autodrag/avatars';
import { createRandom, disposeParameters, flattenParameters, valueAndGrads } from '@autodrag/nn';
import { expectClose, expectNoLeak } from '@autodrag/nn/testing';
import { createLandmarkDetectorParameters, landmarkFeatures } from '@autodrag/rendered-domain/detector';
import { createStyleGan2Parameters, numWs, styleGan2Config, synthesis } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { criticLoss, generatorAdversarialLoss, gradientPenalty } from './adversarial-loss.js';
import { balancedLoss } from './balanced-loss.js';
import { configFor } from './config-for.js';
import { drawRenders } from './draw-renders.js';
import { featureLoss } from './feature-loss.js';
import {
  createGeneratorTraining,
  drawBatch,
  type GeneratorTrainingParameters,
  plainLoss,
  sharpLoss,
  weightedReadoutLoss,
} from './generator-losses.js';
import { laplacianPyramid, repeatPixels } from './laplacian-pyramid.js';
import { createLatentReadout, readoutLoss } from './latent-readout.js';
import { createPatchCritic, patchCritic } from './patch-critic.js';
import { sharpRegressionLoss } from './sharp-regression-loss.js';
import { synthesizeWindow } from './synthesize-window.js';
import { trainGenerator } from './train-generator.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const picture = (seed: number, side = 16, n = 1) =>
  createRandom(seed).normalTensor([n, side, side, 3], 0.3) as tf.Tensor4D;
const few = { at64: 3, at32: 3, at16: 3, at8: 3, heat: 3 };
const value = (scalar: tf.Tensor) => scalar.dataSync()[0]!;

describe('the Laplacian pyramid', () => {
  it('adds up to the picture again, and its finest level of a flat one is zero', () => {
    const x = picture(1);
    const [fine, middle, rest] = laplacianPyramid(x, 3) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    expect(rest.shape).toEqual([1, 4, 4, 3]);
    const again = tf.add(fine, repeatPixels(tf.add(middle, repeatPixels(rest)) as tf.Tensor4D));
    expectClose(again, x, 1e-5);
    expectClose(laplacianPyramid(tf.fill([1, 4, 4, 1], 0.7) as tf.Tensor4D, 2)[0]!, tf.zeros([1, 4, 4, 1]), 1e-6);
  });

  it('of one bright pixel, by hand', () => {
    const x = tf.tensor4d([4, 0, 0, 0], [1, 2, 2, 1]);
    const [fine, rest] = laplacianPyramid(x, 2) as [tf.Tensor4D, tf.Tensor4D];
    expect([...fine.dataSync()]).toEqual([3, -1, -1, -1]);
    expect([...rest.dataSync()]).toEqual([1]);
  });
});

describe('the sharp regression', () => {
  const ones = tf.ones([1, 16, 16, 1]) as tf.Tensor4D;
  it('is 0 for the picture itself, and by hand for a constant difference', () => {
    const target = picture(2);
    expect(value(sharpRegressionLoss(target, target, ones))).toBe(0);
    // colours 0.1, nothing on the finer levels, 0.1 on the last
    expect(value(sharpRegressionLoss(tf.add(target, 0.1), target, ones))).toBeCloseTo(0.2, 5);
  });

  it('minds fine detail more than a plain L1 does: checks of one pixel count more than a shade', () => {
    const target = tf.zeros([1, 16, 16, 3]) as tf.Tensor4D;
    const checks = tf.tensor4d(
      Float32Array.from({ length: 768 }, (_, i) => ((Math.floor(i / 3) + Math.floor(i / 48)) % 2 ? 0.1 : -0.1)),
      [1, 16, 16, 3],
    );
    const shade = tf.fill([1, 16, 16, 3], 0.1) as tf.Tensor4D;
    const loss = (x: tf.Tensor4D) => value(sharpRegressionLoss(x, target, ones));
    // 0.1 of colour, 2 · 0.1 of the finest level, and 0.5 (0.2 + 0.2) of gradients, against 0.2
    expect(loss(checks)).toBeCloseTo(0.5, 5);
    expect(loss(shade)).toBeCloseTo(0.2, 5);
  });

  it('counts every pixel by its weight', () => {
    const target = tf.zeros([1, 16, 16, 3]) as tf.Tensor4D;
    const image = picture(3);
    expect(value(sharpRegressionLoss(image, target, tf.mul(ones, 3)))).toBeCloseTo(
      3 * value(sharpRegressionLoss(image, target, ones)),
      5,
    );
  });
});

describe('the balanced loss', () => {
  it('has the leading value, and gradients in the given proportion however large the parts are', () => {
    const x = picture(4, 4);
    const direction = picture(5, 4);
    const lead = (image: tf.Tensor4D) => tf.sum(tf.square(image)) as tf.Scalar;
    const part = (scale: number) => (image: tf.Tensor4D) =>
      tf.mul(tf.sum(tf.mul(image, direction)), scale) as tf.Scalar;
    const run = (scale: number) =>
      valueAndGrads((p) => balancedLoss(p.x, lead, [{ name: 'part', loss: part(scale), share: 0.5 }]), { x });
    const small = run(1e-3);
    const large = run(1e3);
    expect(value(small.value)).toBeCloseTo(value(lead(x)), 5);
    expectClose(small.grads.x, large.grads.x, 1e-4);
    const pull = tf.sub(small.grads.x, tf.mul(x, 2)); // what is not the lead's
    expect(value(tf.norm(pull)) / value(tf.norm(tf.mul(x, 2)))).toBeCloseTo(0.5, 4);
    expectClose(tf.div(pull, tf.norm(pull)), tf.div(direction, tf.norm(direction)), 1e-4);
  });

  it('reaches what the picture was made from, and nothing that the losses look with', async () => {
    const p = { x: picture(6, 4), lens: picture(7, 4) };
    const run = () =>
      valueAndGrads(
        ({ x, lens }) =>
          balancedLoss(tf.mul(x, 2), (image) => tf.sum(tf.square(image)) as tf.Scalar, [
            { name: 'part', loss: (image) => tf.sum(tf.mul(image, lens)) as tf.Scalar, share: 1 },
          ]),
        p,
      );
    await expectNoLeak(() => {
      const { value: v, grads } = run();
      v.dispose();
      disposeParameters(grads);
    });
    const { grads } = run();
    expect(value(tf.norm(grads.lens))).toBe(0);
    expect(value(tf.norm(grads.x))).toBeGreaterThan(0.1);
  });
});

describe('the critic', () => {
  const parameters = createPatchCritic(createRandom(8), { at2: 4, at4: 6 });
  const coarse = (x: tf.Tensor4D, factor = 4) => tf.avgPool(x, factor, factor, 'valid');

  it('gives a verdict for every fourth pixel, from coarse pictures of a fourth or an eighth', () => {
    const x = picture(9, 32, 2);
    expect(patchCritic(parameters, x, coarse(x)).shape).toEqual([2, 8, 8, 1]);
    expect(patchCritic(parameters, x, coarse(x, 8)).shape).toEqual([2, 8, 8, 1]);
    expect(() => patchCritic(parameters, x, coarse(x, 16))).toThrow('patchCritic: coarse');
  });

  it('learns to tell soft from crisp, and then pulls the soft picture towards crisp', () => {
    const crisp = picture(10, 8, 2);
    const soft = tf.avgPool(crisp, 3, 1, 'same');
    const condition = coarse(crisp);
    let p = createPatchCritic(createRandom(11), { at2: 8, at4: 8 });
    for (let step = 0; step < 25; step++) {
      const { grads } = valueAndGrads((q) => criticLoss((x) => patchCritic(q, x, condition), crisp, soft), p);
      const flat = flattenParameters(grads);
      const next = Object.entries(flattenParameters(p)).map(([name, t]) => [
        name,
        tf.sub(t, tf.mul(flat[name]!, 0.05)),
      ]);
      const [tree] = [Object.fromEntries(next) as Record<string, tf.Tensor>];
      p = Object.fromEntries(
        Object.keys(p).map((key) => [key, { weight: tree[`${key}.weight`]!, bias: tree[`${key}.bias`]! }]),
      ) as typeof p;
    }
    const critic = (x: tf.Tensor4D) => patchCritic(p, x, condition);
    expect(value(tf.mean(critic(crisp))) - value(tf.mean(critic(soft)))).toBeGreaterThan(0.15);
    const { grads } = valueAndGrads(({ x }) => generatorAdversarialLoss(critic, x), { x: soft });
    const along = tf.sum(tf.mul(tf.neg(grads.x), tf.sub(crisp, soft)));
    expect(value(along)).toBeGreaterThan(0);
  });

  it('its penalty is the squared gradient: exact for a linear critic, on the average of many directions', () => {
    const slope = picture(12, 8);
    const linear = (x: tf.Tensor4D) => tf.sum(tf.mul(x, slope), [1, 2, 3]);
    const random = createRandom(13);
    let sum = 0;
    for (let i = 0; i < 400; i++) sum += value(gradientPenalty(linear, picture(14, 8, 4), random.fork(i))) / 400;
    const truth = value(tf.sum(tf.square(slope)));
    expect(sum / truth).toBeGreaterThan(0.9);
    expect(sum / truth).toBeLessThan(1.1);
  });
});

it('the feature loss is 0 for the picture itself and grows as it blurs', () => {
  const detector = createLandmarkDetectorParameters(createRandom(15), landmarkNames.length, few);
  const x = picture(16, 32);
  const target = landmarkFeatures(detector, x);
  const blurred = tf.avgPool(x, 3, 1, 'same');
  const slightly = tf.mul(tf.add(x, blurred), 0.5) as tf.Tensor4D;
  const [none, some, more] = [x, slightly, blurred].map((y) => value(featureLoss(detector, y, target)));
  expect(none).toBe(0);
  expect(some).toBeGreaterThan(0.1);
  expect(more).toBeGreaterThan(some!);
});

const config = styleGan2Config({
  resolution: 128,
  zDim: latentDimensions,
  wDim: 8,
  mappingLayers: 1,
  channelMax: 6,
  convClamp: null,
});

it('a window is that part of the whole picture, but for a few pixels where it is cut', () => {
  const random = createRandom(17);
  const parameters = createStyleGan2Parameters(random, config);
  const ws = random.normalTensor([3, numWs(config), 8]) as tf.Tensor3D;
  const whole = synthesis(parameters, config, ws, { noise: 'none' }).image!;
  const corners = [
    { column: 0, row: 0 },
    { column: 20, row: 11 },
    { column: 40, row: 40 },
  ];
  const part = synthesizeWindow(parameters, config, ws, { resolution: 128, corners, side: 24 });
  expect(part.shape).toEqual([3, 48, 48, 3]);
  corners.forEach(({ column, row }, i) => {
    const expected = tf.slice(whole, [i, 2 * row, 2 * column, 0], [1, 48, 48, 3]);
    const got = tf.slice(part, [i, 0, 0, 0], [1, 48, 48, 3]);
    expectClose(got, expected, 2e-3 * value(tf.max(tf.abs(expected))));
  });
});

describe('the reader of z in w', () => {
  it('has no loss where w is z in other coordinates, and that of ignorance where it is not read', () => {
    const random = createRandom(30);
    const { weight } = createLatentReadout(random, 4, 4);
    const turn = tf.tensor2d([0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0.5, 0], [4, 4]);
    const back = tf.tensor2d([0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0.5, 0], [4, 4]);
    const z = random.normalTensor([500, 4]) as tf.Tensor2D;
    const w = tf.sub(tf.matMul(z, turn), 3) as tf.Tensor2D;
    const bias = tf.squeeze(tf.matMul(tf.fill([1, 4], 3), back)) as tf.Tensor1D;
    expect(value(readoutLoss({ weight: back, bias }, w, z))).toBeLessThan(1e-10);
    const none = { weight: tf.zerosLike(weight), bias: tf.zeros([4]) as tf.Tensor1D };
    expect(value(readoutLoss(none, w, z))).toBeCloseTo(value(tf.mean(tf.square(z))), 5);
    expect(() => readoutLoss(none, w, tf.zeros([500, 5]))).toThrow('readoutLoss: z');
  });

  it('teaches the mapping network to keep what no picture asks for', async () => {
    const random = createRandom(31);
    const sized = styleGan2Config({ ...config, resolution: 16, wDim: 80, zDim: latentDimensions });
    const start = createStyleGan2Parameters(random, sized);
    const grey = { ...avatarDomain, render: plain, name: 'grey' };
    const stage = { resolution: 16 as const, steps: 8, batchSize: 2, learningRate: 0.03, finalLearningRate: 0.03 };
    const readable = async (readoutWeight: number) => {
      const run = trainGenerator({
        ...{ domain: grey, stages: [stage], readoutWeight, reportEvery: 1 },
        initial: { config: sized, parameters: start },
      });
      const { parameters, history } = await run.result;
      disposeParameters(parameters);
      return history.map(({ readout }) => readout!);
    };
    const before = tf.memory().numTensors;
    const kept = await readable(0.5);
    expect(kept.at(-1)!).toBeLessThan(0.8 * kept[0]!);
    expect(await readable(0)).toEqual(Array(8).fill(undefined));
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('a training begins with the generator that it is given, a copy of it', async () => {
  const sized = styleGan2Config({ ...config, resolution: 16, zDim: latentDimensions });
  const parameters = createStyleGan2Parameters(createRandom(32), sized);
  const first = createGeneratorTraining(createRandom(33), sized, 2, parameters);
  expectClose(first.generator.synthesis.constant, parameters.synthesis.constant, 0);
  const values = parameters.synthesis.constant.dataSync().slice();
  disposeParameters(first);
  expect(parameters.synthesis.constant.dataSync()).toEqual(values);
  const stage = { resolution: 32 as const, steps: 1, batchSize: 1, learningRate: 0.1, finalLearningRate: 0.1 };
  expect(() => trainGenerator({ stages: [stage], initial: { config: sized, parameters } })).toThrow(
    "stages: resolution: expected at most 16, the generator's, got 32",
  );
});

describe('the whole loss', () => {
  const stage = { resolution: 32, steps: 1, batchSize: 1, learningRate: 1, finalLearningRate: 1 };

  it('teaches the generator, the critic, the detector and the reader at once, and leaks nothing', async () => {
    const random = createRandom(18);
    const sized = styleGan2Config({ ...config, zDim: latentDimensions });
    const training: GeneratorTrainingParameters = {
      generator: createStyleGan2Parameters(random, sized),
      critic: createPatchCritic(random, { at2: 4, at4: 4 }),
      landmarks: createLandmarkDetectorParameters(random, landmarkNames.length, few),
      readout: createLatentReadout(random, 8, latentDimensions),
    };
    const run = (sharp: boolean) => {
      const renders = drawRenders(
        random.fork(1),
        avatarDomain,
        { ...stage, faceWeight: 1, partsWeight: 2 },
        { neutral: false },
      );
      const seen: Record<string, number> = {};
      const result = valueAndGrads((p) => {
        const { image, w } = drawBatch(p.generator, sized, renders, 32);
        const report = (name: string, scalar: tf.Scalar) => {
          seen[name] = value(scalar);
        };
        const regression = sharp
          ? sharpLoss(p, image, renders, { step: 0, resolution: 32, random: random.fork(2), report })
          : plainLoss(image, renders, report);
        return tf.add(regression, weightedReadoutLoss(p, w, renders.z, { weight: 0.1, report })) as tf.Scalar;
      }, training);
      renders.dispose();
      return { ...result, seen };
    };
    const norms = (grads: typeof training) =>
      (['generator', 'readout', 'critic', 'landmarks'] as const).map((key) =>
        Object.values(flattenParameters(grads[key])).reduce((sum, x) => sum + value(tf.norm(x)), 0),
      );
    const sharp = run(true);
    expect(Object.keys(sharp.seen).sort()).toEqual(
      ['adversarial', 'critic', 'features', 'gradients', 'l1', 'landmarks', 'lead', 'penalty', 'readout'].sort(),
    );
    for (const norm of norms(sharp.grads)) expect(norm).toBeGreaterThan(1e-4);
    const plain = run(false);
    const [generator, readout, critic, landmarks] = norms(plain.grads);
    expect(generator).toBeGreaterThan(1e-4);
    expect(readout).toBeGreaterThan(1e-4);
    expect([critic, landmarks]).toEqual([0, 0]);
    await expectNoLeak(() => {
      const { value: v, grads } = run(true);
      v.dispose();
      disposeParameters(grads);
    });
  }, 60_000);
});

it('any domain can be learned; a generator is as large as its largest stage, and fits the domain', async () => {
  const two = { ...avatarDomain, name: 'plates', latentDimensions: 70 };
  const stage = { resolution: 16 as const, steps: 1, batchSize: 1, learningRate: 0.01, finalLearningRate: 0.01 };
  const whole = {
    ...two,
    render: plate,
    landmarks: (_: unknown, o: object) => avatarDomain.landmarks(zeros, o as never),
  };
  const domain = { ...whole, subject: () => avatarDomain.subject(zeros), parts: () => [] };
  const small = { ...config, zDim: 70, resolution: 16 };
  const { parameters } = await trainGenerator({ domain, config: small, stages: [stage] }).result;
  disposeParameters(parameters);
  expect(configFor(domain, [stage])).toMatchObject({ zDim: 70, resolution: 16, wDim: 128 });
  expect(configFor(domain, [stage, { ...stage, resolution: 128 }]).resolution).toBe(128);
  expect(configFor(domain, [{ ...stage, resolution: 8 }]).resolution).toBe(16);
  expect(() => trainGenerator({ domain, config, stages: [stage] })).toThrow(
    'trainGenerator: config.zDim: expected 70, the latent of the plates, got ',
  );
  expect(() => trainGenerator({ domain: {} as never })).toThrow('trainGenerator: domain.name: expected a text');
});

const zeros = new Float32Array(latentDimensions);
/** Grey, whatever is asked for. */
const plain = (_g: unknown, _a: unknown, { resolution, out }: { resolution: number; out?: Float32Array }) => ({
  pixels: out ?? new Float32Array(resolution * resolution * 3),
});
/** One colour all over. */
const plate = (_: unknown, z: ArrayLike<number>, { out }: { out?: Float32Array }) => ({
  pixels: out!.fill(Math.tanh(z[69]!)),
});

it('stages are checked: windows of whole cells, sharp ones not too small', () => {
  const stage = { resolution: 128 as const, steps: 1, batchSize: 1, learningRate: 0.1, finalLearningRate: 0.1 };
  const train = (change: object) => () => trainGenerator({ stages: [{ ...stage, ...change }] });
  expect(train({ window: 24 })).toThrow('window: expected a multiple of 16');
  expect(train({ window: 144 })).toThrow('window: expected a multiple of 16');
  expect(train({ resolution: 32, window: 32 })).toThrow('got 32 at 32');
  expect(train({ resolution: 8, sharp: true })).toThrow('sharp: expected a resolution of at least 16, got 8');
});
