import { CheckpointError } from './checkpoint-error.js';
import { dropAxes, type LazyArray } from './lazy-array.js';
import { PickleDict, PickleTensor, type PickleValue } from './pickle-values.js';
import type { RawGenerator } from './raw-generator.js';
import type { TorchArchive } from './torch-archive.js';
import type { UnpickleOptions } from './unpickle.js';

/** The generator of a `.pt` of rosinality/stylegan2-pytorch: `g_ema`, or a bare state dict of it. */
export function readRosinalityGenerator({ root, locate }: TorchArchive, { budget }: UnpickleOptions): RawGenerator {
  if (!(root instanceof PickleDict)) throw unrecognised('another value');
  const named = root.get('g_ema');
  const weights = named instanceof PickleDict ? named : root;
  const keys = weights.keys();
  const prefix = keys.some((key) => key.startsWith('module.')) ? 'module.' : '';
  if (weights.get(`${prefix}input.input`) === undefined || weights.get(`${prefix}style.1.weight`) === undefined) {
    throw unrecognised(`the keys ${root.keys().slice(0, 8).join(', ').slice(0, 200) || '(none)'}`);
  }

  const arrays = new Map<string, LazyArray>();
  const filters: RawGenerator['filters'] = [];
  for (const [key, value] of weights.entries ?? []) {
    if (typeof key !== 'string' || !key.startsWith(prefix)) continue;
    budget.charge(512);
    const array = lazy(value, key, locate);
    const name = key.slice(prefix.length);
    const filter = /\.(blur|upsample)\.kernel$/.exec(name);
    if (filter) {
      filters.push({ name, array, gain: 4 }); // both stand after a zero-insertion by 2 and make up for it
      continue;
    }
    const target = convert(name, array);
    if (target === null) {
      throw new CheckpointError('CHECKPOINT_TENSOR', "every weight belongs to rosinality's StyleGAN2", {
        found: `'${name.slice(0, 80)}'`,
        wayOut: 'A changed architecture is not read.',
      });
    }
    arrays.set(target.name, target.array);
  }
  const warnings: string[] = [];
  const average = root.get('latent_avg');
  if (average instanceof PickleTensor) {
    const array = lazy(average, 'latent_avg', locate);
    arrays.set('mapping.w_avg', array.shape.length === 2 ? dropAxes(array, [0]) : array);
  }
  return { kind: 'rosinality', arrays, convClamp: null, mappingLrMultiplier: 0.01, filters, warnings };
}

/** A weight under the name of stylegan2-ada-pytorch; null for one that StyleGAN2 does not have. */
function convert(name: string, array: LazyArray): { name: string; array: LazyArray } | null {
  if (name === 'input.input') return { name: 'synthesis.b4.const', array: dropAxes(array, [0]) };
  const style = /^style\.(\d+)\.(weight|bias)$/.exec(name);
  if (style) return { name: `mapping.fc${Number(style[1]) - 1}.${style[2]}`, array };
  const noise = /^noises\.noise_(\d+)$/.exec(name);
  if (noise) return { name: `synthesis.${layerName(Number(noise[1]))}.noise_const`, array: dropAxes(array, [0, 1]) };
  const rgb = /^(?:to_rgb1|to_rgbs\.(\d+))\.(.+)$/.exec(name);
  if (rgb) {
    const block = rgb[1] === undefined ? 4 : 2 ** (Number(rgb[1]) + 3);
    if (rgb[2] === 'bias') return { name: `synthesis.b${block}.torgb.bias`, array: dropAxes(array, [0, 2, 3]) };
    return modulated(`synthesis.b${block}.torgb`, rgb[2] as string, array);
  }
  const conv = /^(?:conv1|convs\.(\d+))\.(.+)$/.exec(name);
  if (!conv) return null;
  const layer = `synthesis.${layerName(conv[1] === undefined ? 0 : Number(conv[1]) + 1)}`;
  if (conv[2] === 'noise.weight') return { name: `${layer}.noise_strength`, array: dropAxes(array, [0]) };
  if (conv[2] === 'activate.bias') return { name: `${layer}.bias`, array };
  return modulated(layer, conv[2] as string, array);
}

function modulated(layer: string, name: string, array: LazyArray): { name: string; array: LazyArray } | null {
  if (name === 'conv.weight') return { name: `${layer}.weight`, array: dropAxes(array, [0]) };
  if (name === 'conv.modulation.weight') return { name: `${layer}.affine.weight`, array };
  if (name === 'conv.modulation.bias') return { name: `${layer}.affine.bias`, array };
  return null;
}

/** Convolutions counted from 0, the one at 4x4; then two for each resolution. */
function layerName(index: number): string {
  return index === 0 ? 'b4.conv1' : `b${4 * 2 ** Math.ceil(index / 2)}.conv${index % 2 === 1 ? 0 : 1}`;
}

function lazy(value: PickleValue, name: string, locate: TorchArchive['locate']): LazyArray {
  if (!(value instanceof PickleTensor)) {
    throw new CheckpointError('CHECKPOINT_TENSOR', `'${name.slice(0, 80)}' is a tensor`, { found: 'another value' });
  }
  const { storage, shape, strides, offset } = value;
  return { shape, strides, offset, plus: 0, open: () => locate(storage) };
}

function unrecognised(found: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_UNRECOGNISED', "the PyTorch file holds 'g_ema' of rosinality's StyleGAN2", {
    found,
    wayOut: 'Give the .pt that its train.py or convert_weight.py wrote.',
  });
}
