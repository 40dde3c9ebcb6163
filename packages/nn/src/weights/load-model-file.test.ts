import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, WeightFileError } from '../errors/errors.js';
import { expectClose, expectNoLeak } from '../testing/index.js';
import { flattenParameters } from '../tree/flatten-parameters.js';
import { loadModelFile, type ModelFileRules } from './load-model-file.js';
import { type HostTensor, saveSafetensors } from './save-safetensors.js';

type Config = { inputs: number };
type Parameters = { scale: { std: tf.Tensor1D }; weight: tf.Tensor2D };

const rules: ModelFileRules<Config, Parameters> = {
  where: 'loadThing',
  writer: 'saveThing',
  kind: 'thing',
  version: '2',
  metadata: { parts: 'a b' },
  config: (value, where) => {
    const { inputs } = value as Config;
    if (!Number.isInteger(inputs)) throw new InvalidArgumentError(`${where}: inputs: expected a number, got ${inputs}`);
    return { inputs };
  },
  positive: (name) => name.endsWith('std'),
  fewestNumbers: ({ inputs }) => 2 * inputs,
  template: (random, { inputs }) => ({
    scale: { std: tf.ones([inputs]) },
    weight: random.normalTensor([inputs, 1]) as tf.Tensor2D,
  }),
};

const metadata = { kind: 'thing', version: '2', parts: 'a b', config: '{"inputs":2}' };
const tensors = (): Record<string, HostTensor> => ({
  'scale.std': { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) },
  weight: { dtype: 'float32', shape: [2, 1], data: Float32Array.of(3, -4) },
});

async function refusal(bytes: Uint8Array): Promise<string> {
  let message = '';
  await expectNoLeak(async () => {
    try {
      await loadModelFile(bytes, rules);
    } catch (error) {
      expect(error).toBeInstanceOf(WeightFileError);
      message = (error as Error).message;
    }
  });
  expect(message).toMatch(/^loadThing: .+\.$/);
  return message;
}

describe('loadModelFile', () => {
  it('gives configuration and parameters, which are the caller’s', async () => {
    const bytes = await saveSafetensors(tensors(), { metadata });
    await expectNoLeak(async () => {
      const { config, parameters } = await loadModelFile(bytes, rules);
      expect(config).toEqual({ inputs: 2 });
      expectClose(parameters.weight, [3, -4], 0);
      expectClose(parameters.scale.std, [1, 2], 0);
      tf.dispose(flattenParameters(parameters));
    });
  });

  it('needs no configuration', async () => {
    const { config, parameters } = await loadModelFile(
      await saveSafetensors({ x: tf.scalar(7) }, { metadata: { kind: 'plain', version: '1' } }),
      {
        where: 'loadPlain',
        writer: 'savePlain',
        kind: 'plain',
        version: '1',
        template: () => ({ x: tf.scalar(0) }),
      },
    );
    expect(config).toBeUndefined();
    expectClose(parameters.x, [7], 0);
    parameters.x.dispose();
  });

  it.each([
    ['kind', 'other', "kind: expected 'thing', got 'other'. Load a file that saveThing of this release wrote."],
    ['kind', undefined, "kind: expected 'thing', got no kind."],
    ['version', '3', "version: expected '2', got '3'. Use the release of this package that wrote the file."],
    ['version', undefined, "version: expected '2', got no version."],
    ['parts', 'a', "parts: expected 'a b', got 'a'. Load a file that saveThing"],
    ['config', undefined, 'config: expected JSON, got nothing. Export the file again.'],
    ['config', '{', "config: expected JSON, got '{'."],
    ['config', 'null', "config: expected an object, got 'null'."],
    ['config', '{}', 'config: inputs: expected a number, got undefined. Export the file again.'],
    ['config', '{"inputs":1e9}', 'the file holds 4 numbers, too few for its configuration.'],
    ['config', '{"inputs":1}', 'the weights do not fit: unflattenParameters: scale.std: expected [1], got [2].'],
  ])('refuses the %s %j', async (name, value, message) => {
    const { [name as 'kind']: _, ...others } = metadata;
    const changed = value === undefined ? others : { ...metadata, [name]: value };
    expect(await refusal(await saveSafetensors(tensors(), { metadata: changed }))).toContain(`loadThing: ${message}`);
  });

  it.each([
    ['scale.std', [1, Number.NaN], 'scale.std: holds a number that is not finite: NaN at 1. Export the file again.'],
    ['weight', [1 / 0, 1], 'weight: holds a number that is not finite: Infinity at 0.'],
    ['scale.std', [1, 0], 'scale.std: expected positive numbers, got 0 at 1. Export the file again.'],
    ['scale.std', [-1, 0], 'scale.std: expected positive numbers, got -1 at 0.'],
  ])('refuses in %s %j', async (name, values, message) => {
    const changed = tensors();
    changed[name]!.data.set(values);
    expect(await refusal(await saveSafetensors(changed, { metadata }))).toContain(`loadThing: ${message}`);
  });

  it('refuses other types, names and damage', async () => {
    const whole = { ...tensors(), weight: { dtype: 'int32', shape: [2, 1], data: Int32Array.of(1, 2) } };
    expect(await refusal(await saveSafetensors(whole, { metadata }))).toContain('weight: expected floats, got int32.');
    const more = { ...tensors(), ['x'.repeat(200)]: tensors().weight! };
    expect(await refusal(await saveSafetensors(more, { metadata }))).toContain("unknown 'xxx");
    const { weight, ...fewer } = tensors();
    const two = { ...fewer, gain: weight! };
    expect(await refusal(await saveSafetensors(two, { metadata }))).toContain("missing 'weight'; unknown 'gain'");
    const bytes = await saveSafetensors(tensors(), { metadata });
    expect(await refusal(bytes.slice(0, -1))).toContain('loadThing: loadSafetensors: ');
  });
});
