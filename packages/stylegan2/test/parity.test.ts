import { testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importStyleGan2 } from '../src/import/index.js';
import { createGenerator, type Generator } from '../src/index.js';
import { readFixture } from './fixtures.js';
import { compareCase, compareFeatures, type Difference } from './reference.js';

const runs = testBackends().flatMap((backend) =>
  ['ada-64', 'ada-128-paper', 'rosinality-64']
    .filter((name) => backend !== 'cpu' || name === 'ada-64') // cpu takes minutes for the others
    .map((name) => ({ name, backend })),
);

describe.each(runs)('the reference program and the generator: $name on $backend', ({ name, backend }) => {
  const reference = readFixture(name);
  const { cases, suggestedMaxAbs } = reference.manifest;
  /** The allowed difference: the reference's own suggestion; libtensorflow sums in another order. */
  const limit = ({ kind, scale }: Difference) =>
    backend === 'node' ? 1e-4 * scale : (suggestedMaxAbs[kind] ?? suggestedMaxAbs.w ?? 0);
  const expectNear = (differences: Difference[]) => {
    expect(differences.length).toBeGreaterThan(0);
    for (const one of differences) expect(one.difference, one.name).toBeLessThan(limit(one));
  };
  let generator: Generator;
  beforeAll(async () => {
    await useTestBackend(backend);
    const { config, parameters } = await importStyleGan2(reference.weights());
    generator = createGenerator(config, parameters);
  });
  afterAll(() => generator.dispose());

  // the cpu backend takes seconds for what wasm does at once: it gets what differs in kind
  const some = cases.filter(({ id }) => backend !== 'cpu' || ['seed0_psi0.7_none', 'edit6_const'].includes(id));
  it.each(some)('$id', async (one) => expectNear(await compareCase(generator, reference, one)));

  it.each(cases.filter(({ features }) => features))('features of every block: $id', async (one) => {
    const before = tf.memory().numTensors;
    const differences = await compareFeatures(generator, reference, one);
    expectNear(differences);
    expect(tf.memory().numTensors - before).toBe(0);
    expect(new Set(differences.map(({ name }) => /^feat_b\d+/.exec(name)?.[0])).size).toBe(
      name === 'ada-128-paper' ? 6 : name === 'ada-64' ? 5 : 4,
    );
  });
});
