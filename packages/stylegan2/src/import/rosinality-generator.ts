import { quote } from '@autodrag/nn';
import { CheckpointError } from './checkpoint-error.js';
import { dropAxes, type LazyArray } from './lazy-array.js';
import type { RawGenerator } from './raw-generator.js';

/**
 * A generator of rosinality/stylegan2-pytorch from its weights.
 *
 * @param weights by its names
 * @param average the mean w that its files have beside them
 */
export function readRosinalityWeights(
  weights: ReadonlyMap<string, LazyArray>,
  average: LazyArray | null,
): RawGenerator {
  refuseConditional(weights);
  const arrays = new Map<string, LazyArray>();
  const filters: RawGenerator['filters'] = [];
  const warnings: string[] = [];
  for (const [name, array] of weights) {
    const filter = /\.(blur|upsample)\.kernel$/.exec(name);
    if (filter) {
      filters.push({ name, array, gain: 4 }); // both stand after a zero-insertion by 2 and make up for it
      continue;
    }
    const target = convert(name, array);
    if (target === null) {
      throw new CheckpointError('CHECKPOINT_TENSOR', "every weight belongs to rosinality's StyleGAN2", {
        found: quote(name),
        wayOut: 'A changed architecture is not read.',
      });
    }
    arrays.set(target.name, target.array);
  }
  if (average !== null) {
    arrays.set('mapping.w_avg', firstRow(average));
    if (average.shape.length === 2 && (average.shape[0] as number) > 1) {
      warnings.push(`the mean w is one for each of ${average.shape[0]} layers: the first was taken for all`);
    }
  }
  return { kind: 'rosinality', arrays, convClamp: null, mappingLrMultiplier: 0.01, zDim: null, filters, warnings };
}

/**
 * rosinality's program has no labels. An export of a network that has them reads as one of a wider z, and draws noise.
 */
function refuseConditional(weights: ReadonlyMap<string, LazyArray>): void {
  const [outputs = 0, inputs = 0] = weights.get('style.1.weight')?.shape ?? [];
  if (inputs <= outputs) return;
  throw new CheckpointError('CHECKPOINT_UNSUPPORTED', 'z is not wider than w in a network of rosinality', {
    found: `a first mapping layer that takes ${inputs} numbers and gives ${outputs}`,
    wayOut:
      'It was probably exported from a conditional network, whose label this layout cannot hold: import the original .pkl.',
  });
}

/** Encoders keep the mean for every layer, `[layers, w]`, all the same. */
function firstRow(average: LazyArray): LazyArray {
  if (average.shape.length !== 2) return average;
  return { ...average, shape: average.shape.slice(1), strides: average.strides.slice(1) };
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
