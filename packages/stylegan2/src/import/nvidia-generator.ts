import { quote } from '@autodrag/nn';
import { CheckpointError } from './checkpoint-error.js';
import type { LazyArray } from './lazy-array.js';
import { childrenOf, type ModuleTree } from './module-tree.js';
import { describeValue, type PickleModule, type PickleValue } from './pickle-values.js';
import type { RawGenerator } from './raw-generator.js';

/** What StyleGAN2-ADA's configurations have, where weights come without their module. */
const USUAL_CLAMP = 256;
const USUAL_LR_MULTIPLIER = 0.01;

/** A generator of stylegan2-ada-pytorch, or of the stylegan3 repository's StyleGAN2, as a module. */
export function readNvidiaModule(generator: PickleModule, { arrays, modules }: ModuleTree): RawGenerator {
  const filters = takeFilters(arrays);
  const clamps = new Set<number | null>();
  for (const [name, module] of modules) {
    if (/^synthesis\.b\d+\.(conv[01]|torgb)$/.test(name)) clamps.add(numberOrNull(module, 'conv_clamp', name));
    if (/^mapping\.fc\d+$|^synthesis\.b\d+\.conv[01]$/.test(name)) {
      const activation = module.state.get('activation');
      if (activation !== undefined && activation !== 'lrelu') {
        throw unsupported(`${quote(name)} has the activation 'lrelu'`, describeSetting(activation));
      }
    }
  }
  if (clamps.size > 1) throw unsupported('all layers have one conv_clamp', [...clamps].slice(0, 4).join(' and '));

  const bias = modules.get('mapping.fc0')?.state.get('bias_gain');
  const zDim = generator.state.get('z_dim');
  return {
    kind: 'nvidia-pytorch',
    arrays,
    convClamp: [...clamps][0] ?? null,
    mappingLrMultiplier: typeof bias === 'number' ? bias : USUAL_LR_MULTIPLIER,
    zDim: typeof zDim === 'number' ? zDim : null,
    filters,
    warnings: [],
  };
}

/** The same generator as a dict of its weights (`state_dict()`), which says nothing of settings. */
export function readNvidiaWeights(arrays: Map<string, LazyArray>): RawGenerator {
  const filters = takeFilters(arrays);
  return {
    kind: 'nvidia-pytorch',
    arrays,
    convClamp: USUAL_CLAMP,
    mappingLrMultiplier: USUAL_LR_MULTIPLIER,
    zDim: null,
    filters,
    warnings: [
      `weights without their module do not say conv_clamp and lr_multiplier: ${USUAL_CLAMP} and ${USUAL_LR_MULTIPLIER} were taken, as StyleGAN2-ADA has them`,
    ],
  };
}

/** Resampling filters are no weights: they are taken out to be checked. */
function takeFilters(arrays: Map<string, LazyArray>): RawGenerator['filters'] {
  const filters: RawGenerator['filters'] = [];
  for (const [name, array] of arrays) {
    if (!name.endsWith('.resample_filter')) continue;
    filters.push({ name, array, gain: 1 });
    arrays.delete(name);
  }
  return filters;
}

/** Networks of other families that come in the same kind of file. */
export function refuseRelatives(generator: PickleModule): void {
  const modules = childrenOf(generator);
  const synthesis = modules.get('synthesis');
  const mapping = modules.get('mapping');
  const input = synthesis === undefined ? undefined : childrenOf(synthesis).get('input');
  const isXl =
    generator.className === 'SuperresGenerator' || (mapping !== undefined && childrenOf(mapping).has('embed_proj'));
  if (isXl) throw refuseFamily('StyleGAN-XL');
  if (generator.className === 'TriPlaneGenerator') throw refuseFamily('EG3D');
  if (input?.className === 'SynthesisInput') throw refuseFamily('StyleGAN3');
  if (generator.className !== 'Generator' || synthesis === undefined || mapping === undefined) {
    const inside = [...modules]
      .slice(0, 8)
      .map(([name, { className }]) => `${name}: ${className}`)
      .join(', ');
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

function numberOrNull(module: PickleModule, key: string, name: string): number | null {
  const value = module.state.get(key) ?? null;
  if (value !== null && typeof value !== 'number')
    throw unsupported(`${quote(`${name}.${key}`)} is a number`, describeValue(value));
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
