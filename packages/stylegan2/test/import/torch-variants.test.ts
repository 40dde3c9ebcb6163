import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { flattenParameters, type HostTensor, saveSafetensors } from '@autodrag/nn';
import { expectClose } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError, importStyleGan2, openCheckpoint } from '../../src/import/index.js';
import { mapping, saveStyleGan2 } from '../../src/index.js';
import { expectNumbers } from './expect-numbers.js';

const folder = fileURLToPath(new URL('./torch/', import.meta.url));
const file = (name: string) => new Uint8Array(readFileSync(folder + name));

type Answer = { z: number[][]; c: number[][] | null; w: number[][] };
const features = JSON.parse(readFileSync(`${folder}features.json`, 'utf8')) as Record<string, Answer>;

const guessed =
  'weights without their module do not say conv_clamp and lr_multiplier: 256 and 0.01 were taken, as StyleGAN2-ADA has them';
const lastStep = (name: string) =>
  `the file has no average of the generator (g_ema): '${name}', its last step, was read`;

const read: [name: string, kind: string, warnings: string[]][] = [
  ['pti.pt', 'nvidia-pytorch', []],
  ['pti-dict.pt', 'nvidia-pytorch', []],
  ['pti-legacy.pt', 'nvidia-pytorch', []],
  ['last-step.pt', 'nvidia-pytorch', [lastStep('G')]],
  ['nvidia-weights.pt', 'nvidia-pytorch', [guessed]],
  ['lightning.pt', 'nvidia-pytorch', [guessed]],
  ['numpy-weights.pkl', 'nvidia-pytorch', [guessed]],
  ['numpy-big-endian.pkl', 'nvidia-pytorch', [guessed]],
  ['advice.pt', 'rosinality', []],
  ['prefix.pt', 'rosinality', []],
  ['encoder.pt', 'rosinality', ['the mean w is one for each of 6 layers: the first was taken for all']],
  ['last-step-weights.pt', 'rosinality', [lastStep('g')]],
  ['extras.pt', 'rosinality', []],
  ['extras-protocol-4.pt', 'rosinality', []],
  ['varied.pt', 'rosinality', []],
  ['no-checksums.pt', 'rosinality', []],
  ['whole.pt', 'rosinality', []],
  ['whole-legacy.pt', 'rosinality', []],
  ['parallel.pt', 'rosinality', []],
];

const refused: [name: string, code: string, message: string][] = [
  ['nan.pt', 'CHECKPOINT_TENSOR', 'synthesis.blocks.1.conv0.weight holds finite numbers, found NaN at'],
  ['infinite.pt', 'CHECKPOINT_TENSOR', 'synthesis.blocks.0.conv1.bias holds finite numbers, found -Infinity at 1'],
  ['huge.pt', 'CHECKPOINT_TENSOR', 'holds numbers up to 1000000000000000, found 1.0000000150474662e+30 at'],
  ['beyond-float32.pt', 'CHECKPOINT_TENSOR', 'holds finite numbers, found Infinity at'],
  ['sparse.pt', 'CHECKPOINT_UNSUPPORTED', "'convs.0.conv.weight' is a tensor of numbers, found a sparse tensor"],
  ['quantized.pt', 'CHECKPOINT_UNSUPPORTED', 'found a quantized tensor'],
  ['complex.pt', 'CHECKPOINT_UNSUPPORTED', 'found numbers of the type complex64'],
  ['float8.pt', 'CHECKPOINT_UNSUPPORTED', 'found numbers of the type float8_e5m2'],
  ['meta.pt', 'CHECKPOINT_UNSUPPORTED', 'found a tensor without data, of the device meta'],
  ['negated.pt', 'CHECKPOINT_UNSUPPORTED', 'found a tensor that is stored negated or conjugated'],
  ['text.pt', 'CHECKPOINT_TENSOR', "'convs.0.conv.weight' is a tensor of numbers, found a string"],
  ['conditional.pt', 'CHECKPOINT_UNSUPPORTED', 'probably exported from a conditional network'],
  ['label-dropped.pt', 'CHECKPOINT_TENSOR', 'mapping.fc0.weight has inputs for a z of 5, found [6, 11]'],
  ['changed.pt', 'CHECKPOINT_TENSOR', 'synthesis.b8.conv0.weight has [8, 8, 3, 3], found [8, 8, 2, 3]'],
  ['stylegan3.pt', 'CHECKPOINT_UNSUPPORTED', 'found a StyleGAN3'],
  ['lucidrains.pt', 'CHECKPOINT_UNSUPPORTED', "found a StyleGAN2 of lucidrains' program"],
  ['basicsr.pt', 'CHECKPOINT_UNSUPPORTED', "found a StyleGAN2 in BasicSR's layout"],
  ['eg3d.pt', 'CHECKPOINT_UNSUPPORTED', 'found an EG3D'],
  ['stylegan1.pt', 'CHECKPOINT_UNSUPPORTED', 'found a StyleGAN of 2019'],
  ['diffusion.pt', 'CHECKPOINT_UNSUPPORTED', 'found a diffusion model'],
  ['language.pt', 'CHECKPOINT_UNSUPPORTED', 'found a language model'],
  ['classifier.pt', 'CHECKPOINT_UNSUPPORTED', 'found a network that classifies pictures'],
  ['discriminator.pt', 'CHECKPOINT_UNSUPPORTED', 'found a discriminator alone'],
  ['averages.pt', 'CHECKPOINT_UNSUPPORTED', "a list of averages without names ('shadow_params')"],
  ['optimizer.pt', 'CHECKPOINT_UNRECOGNISED', "found the keys 'state', 'param_groups'"],
  ['two.pt', 'CHECKPOINT_UNRECOGNISED', "holds one generator, found 'model' and 'network'"],
  ['tensor.pt', 'CHECKPOINT_UNRECOGNISED', 'found a tensor'],
  ['script.pt', 'CHECKPOINT_UNSUPPORTED', 'found a TorchScript program'],
  ['arrays.npz', 'CHECKPOINT_UNSUPPORTED', 'found NumPy arrays (.npz)'],
  ['protocol-0.pkl', 'CHECKPOINT_UNSUPPORTED', 'found a pickle of protocol 0 or 1'],
];

describe('openCheckpoint: what torch.save writes', () => {
  it.each(read)('%s is read, to the last number', async (name, kind, warnings) => {
    const checkpoint = await openCheckpoint(file(name));
    expect(checkpoint.kind).toBe(kind);
    expect(checkpoint.config).toMatchObject({ resolution: 16, zDim: 5, wDim: 6, cDim: 0, mappingLayers: 2 });
    expect(checkpoint.warnings).toEqual(warnings);
    expect(checkpoint.hasAverage).toBe(name !== 'whole.pt');
    await expectNumbers(checkpoint);
  });

  it.each(refused)('%s is refused by what it is', async (name, code, message) => {
    const error = await openCheckpoint(file(`refused-${name}`))
      .then(async ({ tensors }) => {
        for (const { read } of tensors) await read();
      })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as CheckpointError).code).toBe(code);
    expect((error as CheckpointError).message).toContain(message);
  });

  it.each(Object.entries(features))(
    '%s.pt: a mapping network of other widths, as PyTorch runs it',
    async (name, answer) => {
      await tf.setBackend('cpu');
      const { config, parameters, warnings } = await importStyleGan2(file(`${name}.pt`));
      expect(warnings).toEqual([]);
      const run = (c: typeof config, p: typeof parameters) => {
        const condition = answer.c === null ? {} : { c: tf.tensor2d(answer.c) };
        return tf.slice(mapping(p, c, tf.tensor2d(answer.z), condition), [0, 0, 0], [-1, 1, -1]);
      };
      expectClose(run(config, parameters), answer.w.flat(), 1e-6);
      expect([config.layerFeatures, config.embedFeatures]).toEqual(
        { narrow: [3, null], wide: [11, null], embed: [null, 9], both: [8, 4] }[name.slice(9)],
      );
      const again = await importStyleGan2(await saveStyleGan2(config, parameters));
      expect(again.config).toEqual(config);
      expectClose(run(again.config, again.parameters), answer.w.flat(), 1e-6);
    },
  );

  it('computes the mean w of a conditional network over its labels, and says so', async () => {
    await tf.setBackend('cpu');
    const { parameters, warnings } = await importStyleGan2(file('without-average.pt'), { averageSamples: 500 });
    expect(warnings).toEqual([
      'the file has no mean w: it was computed from 500 codes, whose labels were drawn evenly',
    ]);
    expect(parameters.buffers.wAvg.shape).toEqual([6]);
    const controller = new AbortController();
    const before = tf.memory().numTensors;
    setTimeout(() => controller.abort(), 30);
    const long = importStyleGan2(file('without-average.pt'), { averageSamples: 1e6, signal: controller.signal });
    await expect(long).rejects.toMatchObject({ code: 'CHECKPOINT_ABORTED' });
    expect(tf.memory().numTensors).toBe(before);
    for (const averageSamples of [0, -1, 1.5, Number.NaN, 1e12]) {
      await expect(importStyleGan2(file('without-average.pt'), { averageSamples })).rejects.toThrow(
        `averageSamples is an integer from 1 to 1000000, found ${averageSamples}`,
      );
    }
  });

  it('leaves no file untested', () => {
    const others = [...Object.keys(features).map((name) => `${name}.pt`), 'features.json', 'without-average.pt'];
    const all = [...others, ...read.map(([name]) => name), ...refused.map(([name]) => `refused-${name}`)];
    expect(readdirSync(folder).sort()).toEqual(all.sort());
  });

  it('notices every flipped bit of a tensor, in stored and in deflated archives', async () => {
    for (const name of ['../fixtures/rosinality-training.pt', '../fixtures/rosinality-deflated.pt', 'pti.pt']) {
      const whole = file(name);
      let noticed = 0;
      const tries = 12;
      for (let i = 0; i < tries; i++) {
        const bytes = whole.slice();
        const at = Math.floor(((i + 0.5) / tries) * bytes.length);
        bytes[at] = (bytes[at] as number) ^ 4;
        const outcome = await openCheckpoint(bytes)
          .then(expectNumbers)
          .catch((reason: unknown) => reason);
        // What stands between the entries, or belongs to others of them, changes nothing.
        if (outcome instanceof CheckpointError) noticed++;
        else expect(outcome, `${name} ${at}`).toBeUndefined();
      }
      expect(noticed, name).toBeGreaterThan(tries / 3);
    }
  });
});

describe('importStyleGan2: safetensors of other programs', () => {
  beforeAll(() => tf.setBackend('cpu'));

  const asHost = async (name: string): Promise<Record<string, HostTensor>> => {
    // The weights of a checkpoint under rosinality's or NVIDIA's names, read by hand from our own tree.
    const { tensors } = await openCheckpoint(file(name));
    return Object.fromEntries(
      await Promise.all(
        tensors.map(async ({ name, shape, read }) => [name, { dtype: 'float32', shape, data: await read() }] as const),
      ),
    );
  };

  it("reads NVIDIA's names", async () => {
    const ours = await asHost('pti.pt');
    const theirs = Object.fromEntries(
      Object.entries(ours).map(([name, tensor]) => [nvidiaName(name), nvidiaLayout(name, tensor)]),
    );
    const bytes = await saveSafetensors(theirs, { metadata: { format: 'pt' } });
    const { kind, parameters, warnings } = await importStyleGan2(bytes);
    expect(kind).toBe('nvidia-pytorch');
    expect(warnings).toEqual([guessed]);
    for (const [name, tensor] of Object.entries(flattenParameters(parameters))) {
      expect([...tensor.dataSync()], name).toEqual([...(ours[name] as HostTensor).data]);
    }
    await expectNumbers(await openCheckpoint(bytes));
  });

  it.each([
    ['a diffusion model', { 'down_blocks.0.resnets.0.conv1.weight': 1 }, 'found a diffusion model'],
    ['LoRA', { 'unet.lora_up.weight': 1 }, 'found a diffusion model'],
    ['other names', { a: 1, 'b\u001b': 2 }, "found the tensors 'a', 'b\\x1b'"],
    ['nothing', {}, 'found no tensors'],
  ])('refuses %s', async (_, named, message) => {
    const tensors = Object.fromEntries(
      Object.entries(named).map(([name, value]) => [name, tf.scalar(value as number)]),
    );
    await expect(importStyleGan2(await saveSafetensors(tensors))).rejects.toThrow(message);
  });
});

function nvidiaName(name: string): string {
  return name
    .replace('mapping.layers.', 'mapping.fc')
    .replace('buffers.wAvg', 'mapping.w_avg')
    .replace('synthesis.constant', 'synthesis.b4.const')
    .replace(/^buffers\.noise\.(\d)\.(conv.)$/, (_, i, conv) => `synthesis.b${4 << i}.${conv}.noise_const`)
    .replace(/^synthesis\.blocks\.(\d)/, (_, i) => `synthesis.b${4 << i}`)
    .replace('toRgb', 'torgb')
    .replace('noiseStrength', 'noise_strength');
}

function nvidiaLayout(name: string, { shape, data }: HostTensor): HostTensor {
  const tensor = tf.tensor(data, [...shape]);
  const moved =
    name === 'synthesis.constant'
      ? tf.transpose(tf.squeeze(tensor, [0]), [2, 0, 1])
      : shape.length === 4
        ? tf.transpose(tensor, [3, 2, 0, 1])
        : shape.length === 2 && !name.startsWith('buffers.')
          ? tf.transpose(tensor)
          : tensor;
  return { dtype: 'float32', shape: moved.shape, data: moved.dataSync() as Float32Array };
}
