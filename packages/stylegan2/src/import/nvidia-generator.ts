import type { Budget } from './budget.js';
import { CheckpointError, quote } from './checkpoint-error.js';
import type { LazyArray } from './lazy-array.js';
import {
  describeValue,
  PickleDict,
  PickleModule,
  type PickleStorage,
  PickleTensor,
  type PickleValue,
} from './pickle-values.js';
import type { RawGenerator } from './raw-generator.js';
import { locateBlob, type StorageRange } from './torch-archive.js';
import type { UnpickleOptions } from './unpickle.js';

const DEEPEST_MODULE = 8;
const MOST_MODULES = 1024;

/** The generator of a pickle of stylegan2-ada-pytorch, or of the stylegan3 repository's StyleGAN2. */
export function readNvidiaGenerator(root: PickleValue, options: UnpickleOptions): RawGenerator {
  const generator = findGenerator(root);
  refuseRelatives(generator);
  const blobs = new Map<PickleStorage, Promise<StorageRange>>();
  const open = (storage: PickleStorage): Promise<StorageRange> => {
    const known = blobs.get(storage);
    if (known !== undefined) return known;
    if (storage.location.kind !== 'blob') {
      throw new CheckpointError('CHECKPOINT_MALFORMED', 'NVIDIA: a storage holds its own bytes', { found: 'a key' });
    }
    const range = locateBlob(storage.location.bytes, options);
    blobs.set(storage, range);
    return range;
  };

  const arrays = new Map<string, LazyArray>();
  const modules = new Map<string, PickleModule>();
  collect(generator, '', 0, open, arrays, modules, options.budget);

  const warnings: string[] = [];
  const filters: RawGenerator['filters'] = [];
  for (const [name, array] of arrays) {
    if (!name.endsWith('.resample_filter')) continue;
    filters.push({ name, array, gain: 1 });
    arrays.delete(name);
  }

  const clamps = new Set<number | null>();
  for (const [name, module] of modules) {
    if (/^synthesis\.b\d+\.(conv[01]|torgb)$/.test(name)) clamps.add(numberOrNull(module, 'conv_clamp', name));
    if (/^mapping\.fc\d+$|^synthesis\.b\d+\.conv[01]$/.test(name)) {
      const activation = module.state.get('activation');
      if (activation !== undefined && activation !== 'lrelu') {
        throw unsupported(`${name} has the activation 'lrelu'`, describeSetting(activation));
      }
    }
  }
  if (clamps.size > 1) throw unsupported('all layers have one conv_clamp', [...clamps].join(' and '));

  const mapping = modules.get('mapping.fc0');
  const bias = mapping === undefined ? undefined : mapping.state.get('bias_gain');
  return {
    kind: 'nvidia-pytorch',
    arrays,
    convClamp: [...clamps][0] ?? null,
    mappingLrMultiplier: typeof bias === 'number' ? bias : 0.01,
    filters,
    warnings,
  };
}

function findGenerator(root: PickleValue): PickleModule {
  if (root instanceof PickleModule) return root;
  if (!(root instanceof PickleDict)) {
    throw new CheckpointError('CHECKPOINT_UNRECOGNISED', "the pickle is a dict with 'G_ema'", {
      found: describeValue(root),
      wayOut: 'Give a network-snapshot .pkl of stylegan2-ada-pytorch or of the stylegan3 repository.',
    });
  }
  const generator = root.get('G_ema');
  if (generator instanceof PickleModule) return generator;
  const keys = root.keys().slice(0, 12).map(quote).join(', ');
  throw new CheckpointError('CHECKPOINT_UNRECOGNISED', "the pickle has a generator 'G_ema'", {
    found: generator === undefined ? `the keys ${keys || '(none)'}` : describeValue(generator),
    wayOut: 'Give a network-snapshot .pkl; training-state or feature files hold no generator.',
  });
}

/** Networks of other families that come in the same kind of file. */
function refuseRelatives(generator: PickleModule): void {
  const modules = modulesOf(generator);
  const synthesis = modules.get('synthesis');
  const mapping = modules.get('mapping');
  const input = synthesis === undefined ? undefined : modulesOf(synthesis).get('input');
  const isXl =
    generator.className === 'SuperresGenerator' || (mapping !== undefined && modulesOf(mapping).has('embed_proj'));
  if (isXl) throw refuseFamily('StyleGAN-XL');
  if (input?.className === 'SynthesisInput') throw refuseFamily('StyleGAN3');
  if (generator.className !== 'Generator' || synthesis === undefined || mapping === undefined) {
    const inside = [...modules].map(([name, { className }]) => `${name}: ${className}`).join(', ');
    throw new CheckpointError('CHECKPOINT_UNSUPPORTED', 'G_ema is a StyleGAN2 generator with mapping and synthesis', {
      found: quote(`${generator.className} (${inside})`),
      wayOut: 'Only StyleGAN2 is read.',
    });
  }
}

export function refuseFamily(family: string, offset?: number): CheckpointError {
  return new CheckpointError('CHECKPOINT_UNSUPPORTED', 'only StyleGAN2 generators are read', {
    found: family,
    offset,
    wayOut: `${family} has another architecture. Give a StyleGAN2 checkpoint of the same subject.`,
  });
}

/** Parameters and buffers by their dotted names. */
function collect(
  module: PickleModule,
  prefix: string,
  depth: number,
  open: (storage: PickleStorage) => Promise<StorageRange>,
  arrays: Map<string, LazyArray>,
  modules: Map<string, PickleModule>,
  budget: Budget,
): void {
  if (depth > DEEPEST_MODULE) {
    throw new CheckpointError('CHECKPOINT_LIMIT', `modules nest at most ${DEEPEST_MODULE} deep`, {
      found: quote(prefix),
    });
  }
  if (modules.size >= MOST_MODULES) {
    throw new CheckpointError('CHECKPOINT_LIMIT', `a generator has at most ${MOST_MODULES} modules`, { found: 'more' });
  }
  budget.charge(128 + 2 * prefix.length);
  modules.set(prefix.slice(0, -1), module);
  for (const group of ['_parameters', '_buffers']) {
    for (const [name, value] of entriesOf(module, group, budget)) {
      if (value === null) continue;
      if (!(value instanceof PickleTensor)) throw unsupported(`${prefix}${name} is a tensor`, describeValue(value));
      budget.charge(256 + 2 * (prefix.length + name.length));
      const { storage, shape, strides, offset } = value;
      arrays.set(prefix + name, { shape, strides, offset, plus: 0, open: async () => open(storage) });
    }
  }
  for (const [name, child] of modulesOf(module, budget)) {
    collect(child, `${prefix}${name}.`, depth + 1, open, arrays, modules, budget);
  }
}

function modulesOf(module: PickleModule, budget?: Budget): Map<string, PickleModule> {
  const result = new Map<string, PickleModule>();
  for (const [name, child] of entriesOf(module, '_modules', budget))
    if (child instanceof PickleModule) result.set(name, child);
  return result;
}

function entriesOf(module: PickleModule, group: string, budget?: Budget): [string, PickleValue][] {
  const dict = module.state.get(group);
  if (dict instanceof PickleDict) budget?.charge(64 * (dict.entries?.size ?? 0));
  const entries = dict instanceof PickleDict ? [...(dict.entries ?? [])] : [];
  return entries.filter((entry): entry is [string, PickleValue] => typeof entry[0] === 'string');
}

function numberOrNull(module: PickleModule, key: string, name: string): number | null {
  const value = module.state.get(key) ?? null;
  if (value !== null && typeof value !== 'number')
    throw unsupported(`${name}.${key} is a number`, describeValue(value));
  return value;
}

function describeSetting(value: PickleValue): string {
  return typeof value === 'string' ? quote(value) : describeValue(value);
}

function unsupported(rule: string, found: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_UNSUPPORTED', rule, {
    found,
    wayOut: 'This variant of StyleGAN2 is not implemented.',
  });
}
