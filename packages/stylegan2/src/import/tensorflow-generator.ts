import { quote } from '@autodrag/nn';
import { CheckpointError } from './checkpoint-error.js';
import { dropAxes, flip, type LazyArray, permute, zeros } from './lazy-array.js';
import { MOST_TENSORS } from './module-tree.js';
import {
  describeValue,
  PickleArray,
  PickleDict,
  PickleList,
  PickleObject,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';
import type { RawGenerator } from './raw-generator.js';
import { numpyArray } from './tensor-array.js';
import type { UnpickleOptions } from './unpickle.js';

const DEEPEST_COMPONENT = 4;
const MOST_COMPONENTS = 64;

/** Settings that must have these values, because nothing else is implemented. */
const FIXED_SETTINGS: Readonly<Record<string, PickleValue>> = {
  nonlinearity: 'lrelu',
  mapping_nonlinearity: 'lrelu',
  normalize_latents: true,
  fused_modconv: true,
};

/** True for what the TensorFlow repositories pickle: (G, D, Gs), or one of them. */
export function isTensorflowPickle(root: PickleValue): boolean {
  return findNetwork(root) !== null;
}

/** The generator Gs of a pickle of NVIDIA's TensorFlow StyleGAN2 or StyleGAN2-ADA. */
export function readTensorflowGenerator(root: PickleValue, options: UnpickleOptions): RawGenerator {
  const network = findNetwork(root);
  if (network === null) throw unsupported('the pickle holds (G, D, Gs)', describeValue(root));
  const { budget } = options;
  const state = stateOf(network);
  const version = state.get('version');
  if (typeof version !== 'number' || version < 4) {
    throw new CheckpointError('CHECKPOINT_UNSUPPORTED', 'TensorFlow networks of version 4 and later are read', {
      found: `version ${typeof version === 'number' ? version : describeValue(version)}`,
      wayOut: 'This is a StyleGAN of 2019, not a StyleGAN2.',
    });
  }
  const settings = state.get('static_kwargs');
  const setting = (name: string): PickleValue | undefined =>
    settings instanceof PickleDict ? settings.get(name) : undefined;
  for (const [name, only] of Object.entries(FIXED_SETTINGS)) {
    const value = setting(name);
    if (value === undefined || value === null || name === 'fused_modconv') continue;
    if (value !== only)
      throw unsupported(`${name} is ${String(only)}`, typeof value === 'string' ? quote(value) : describeValue(value));
  }

  const variables = new Map<string, LazyArray>();
  collect(network, '', 0, variables, options);
  let resolution = 4;
  for (const name of variables.keys()) {
    resolution = Math.max(resolution, Number(/^synthesis\/(\d+)x\1\//.exec(name)?.[1] ?? 4));
  }

  const arrays = new Map<string, LazyArray>();
  for (const [name, array] of variables) {
    const target = convert(name, array, resolution);
    if (target === null) continue;
    budget.charge(512);
    arrays.set(target.name, target.array);
  }

  if ((setting('label_size') ?? 0) !== 0 && !arrays.has('mapping.embed.weight')) {
    throw unsupported('a network with labels embeds them', 'a label_size and no embedding');
  }
  return { kind: 'nvidia-tensorflow', arrays, ...readNumbers(setting), zDim: null, filters: [], warnings: [] };
}

function readNumbers(
  setting: (name: string) => PickleValue | undefined,
): Pick<RawGenerator, 'convClamp' | 'mappingLrMultiplier'> {
  const convClamp = setting('conv_clamp') ?? null;
  if (convClamp !== null && typeof convClamp !== 'number') {
    throw unsupported('conv_clamp is a number', describeValue(convClamp));
  }
  const mappingLrMultiplier = setting('mapping_lrmul') ?? 0.01;
  if (typeof mappingLrMultiplier !== 'number') {
    throw unsupported('mapping_lrmul is a number', describeValue(mappingLrMultiplier));
  }
  const kernel = setting('resample_kernel');
  if (kernel instanceof PickleList || kernel instanceof PickleTuple) {
    const { items } = kernel;
    if (items.length !== 4 || !items.every((value, i) => value === [1, 3, 3, 1][i])) {
      const found = `[${items.slice(0, 12).map(describeItem).join(', ')}]`;
      throw unsupported('the resampling filter is [1, 3, 3, 1]', found);
    }
  }
  return { convClamp, mappingLrMultiplier };
}

/**
 * A variable under the name and in the layout of stylegan2-ada-pytorch; null for what inference does not need.
 * Kernels are stored HWIO, those of upsampling convolutions and shortcuts flipped in both directions; matrices are
 * stored `[in, out]`, style biases less 1.
 */
function convert(name: string, array: LazyArray, resolution: number): { name: string; array: LazyArray } | null {
  if (name === 'dlatent_avg') return { name: 'mapping.w_avg', array };
  if (name === 'lod' || name === 'synthesis/lod' || name.startsWith('truncation/')) return null;
  const dense = /^mapping\/Dense(\d+)\/(weight|bias)$/.exec(name);
  if (dense) return { name: `mapping.fc${dense[1]}.${dense[2]}`, array: transposed(array) };
  const embed = /^mapping\/LabelEmbed\/(weight|bias)$/.exec(name);
  if (embed) return { name: `mapping.embed.${embed[1]}`, array: transposed(array) };
  if (name.startsWith('mapping/LabelConcat/')) {
    throw unsupported('conditional TensorFlow networks embed their label as StyleGAN2-ADA does', quote(name));
  }
  const noise = /^synthesis\/noise(\d+)$/.exec(name);
  if (noise) {
    const layer = Number(noise[1]); // 0 is 4x4; then two for each resolution
    const block = 4 * 2 ** Math.ceil(layer / 2);
    return { name: `synthesis.b${block}.conv${layer % 2 === 1 ? 0 : 1}.noise_const`, array: dropAxes(array, [0, 1]) };
  }
  const lod = /^synthesis\/ToRGB_lod(\d+)\/(.+)$/.exec(name);
  const path = lod
    ? `${resolution / 2 ** Number(lod[1])}/ToRGB/${lod[2]}`
    : /^synthesis\/(\d+)x\1\/(.+)$/.exec(name)?.slice(1, 3).join('/');
  if (path === undefined) throw unsupported('every variable belongs to StyleGAN2', quote(name));
  const [block, layer, variable] = path.split('/');
  if (layer === 'Const' && variable === 'const')
    return { name: `synthesis.b${block}.const`, array: dropAxes(array, [0]) };
  const target = layer === undefined ? undefined : LAYERS[layer];
  if (target === undefined) throw unsupported('every variable belongs to StyleGAN2', quote(name));
  const prefix = `synthesis.b${block}.${target.name}`;
  switch (variable) {
    case 'weight': {
      if (array.shape.length !== 4) throw unsupported(`${quote(name)} has four axes`, `${array.shape.length}`);
      return {
        name: `${prefix}.weight`,
        array: permute(target.flipped ? flip(flip(array, 0), 1) : array, [3, 2, 0, 1]),
      };
    }
    case 'bias':
      return { name: `${prefix}.bias`, array };
    case 'noise_strength':
      return { name: `${prefix}.noise_strength`, array };
    case 'mod_weight':
      return { name: `${prefix}.affine.weight`, array: transposed(array) };
    case 'mod_bias':
      return { name: `${prefix}.affine.bias`, array: { ...array, plus: array.plus + 1 } };
    default:
      throw unsupported('every variable belongs to StyleGAN2', quote(name));
  }
}

const LAYERS: Readonly<Record<string, { name: string; flipped: boolean }>> = {
  Conv: { name: 'conv1', flipped: false },
  Conv0_up: { name: 'conv0', flipped: true },
  Conv1: { name: 'conv1', flipped: false },
  Skip: { name: 'skip', flipped: true },
  ToRGB: { name: 'torgb', flipped: false },
};

function transposed(array: LazyArray): LazyArray {
  return array.shape.length === 2 ? permute(array, [1, 0]) : array;
}

/** Gs of (G, D, Gs); a network alone. */
function findNetwork(root: PickleValue): PickleObject | null {
  const candidates = root instanceof PickleTuple || root instanceof PickleList ? root.items : [root];
  const last = candidates[candidates.length - 1];
  if ((candidates.length !== 3 && candidates.length !== 1) || !(last instanceof PickleObject)) return null;
  return last.type.name === 'Network' ? last : null;
}

function describeItem(value: PickleValue): string {
  return typeof value === 'number' ? String(value) : describeValue(value);
}

function stateOf(network: PickleObject): PickleDict {
  if (network.state instanceof PickleDict) return network.state;
  throw unsupported('the state of a TensorFlow network is a dict', describeValue(network.state));
}

/** Variables of a network and its components, as `synthesis/4x4/Conv/weight`. */
function collect(
  network: PickleObject,
  prefix: string,
  depth: number,
  result: Map<string, LazyArray>,
  options: UnpickleOptions,
): void {
  const { budget } = options;
  if (depth > DEEPEST_COMPONENT) {
    throw new CheckpointError('CHECKPOINT_LIMIT', `components nest at most ${DEEPEST_COMPONENT} deep`, {
      found: quote(prefix),
    });
  }
  const state = stateOf(network);
  const variables = state.get('variables');
  if (!(variables instanceof PickleList))
    throw unsupported('a network has a list of variables', describeValue(variables));
  if (variables.items.length + result.size > MOST_TENSORS) {
    throw new CheckpointError('CHECKPOINT_LIMIT', `a generator has at most ${MOST_TENSORS} variables`, {
      found: `${variables.items.length + result.size}`,
    });
  }
  for (const item of variables.items) {
    budget.charge(512 + 2 * prefix.length);
    const [name, value] = item instanceof PickleTuple || item instanceof PickleList ? item.items : [];
    if (typeof name !== 'string') throw unsupported('a variable has a name', describeValue(name));
    if (typeof value === 'number') {
      result.set(prefix + name, { ...zeros([]), plus: value }); // scalar variables come as NumPy scalars
      continue;
    }
    if (!(value instanceof PickleArray)) {
      throw unsupported(`the variable ${quote(prefix + name)} is a NumPy array`, describeValue(value));
    }
    result.set(prefix + name, numpyArray(value, prefix + name, options));
  }
  const components = state.get('components');
  if (!(components instanceof PickleDict)) return;
  if (components.size > MOST_COMPONENTS) throw unsupported('a network has few components', `${components.size}`);
  for (const [name, child] of components.entries ?? []) {
    budget.charge(128);
    if (typeof name === 'string' && child instanceof PickleObject) {
      collect(child, `${prefix}${name}/`, depth + 1, result, options);
    }
  }
}

function unsupported(rule: string, found: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_UNSUPPORTED', `TensorFlow: ${rule}`, {
    found,
    wayOut: 'Only StyleGAN2 (config-e, config-f and the like) and StyleGAN2-ADA are read.',
  });
}
