import { quote } from '@autodrag/nn';
import { blockResolutions } from '../block-resolutions.js';
import { blockSize } from '../block-size.js';
import { channelsAt } from '../channels-at.js';
import type { StyleGan2Architecture, StyleGan2Config } from '../config.js';
import { mappingWidths } from '../mapping-widths.js';
import { styleGan2Config } from '../style-gan2-config.js';
import { CheckpointError } from './checkpoint-error.js';
import { type LazyArray, permute, zeros } from './lazy-array.js';
import type { RawGenerator } from './raw-generator.js';

/** One tensor of the project's own parameter tree: its dotted name, and the numbers in the project's layout. */
export type LazyTensor = { name: string; array: LazyArray };

export type DescribedGenerator = {
  config: StyleGan2Config;
  /** All but `buffers.wAvg` where `hasAverage` is false. */
  tensors: LazyTensor[];
  hasAverage: boolean;
  warnings: string[];
};

const LARGEST_RESOLUTION = 4096;

/**
 * Reads the configuration off the shapes, checks every tensor against it, and gives each the name and the layout of
 * the project's parameters (HWIO, `[in, out]`).
 *
 * @throws CheckpointError naming the tensor that is missing, superfluous or of another shape
 */
export function describeGenerator(raw: RawGenerator): DescribedGenerator {
  const { arrays } = raw;
  const warnings = [...raw.warnings];
  const shapeOf = (name: string, rank: number): readonly number[] => {
    const array = arrays.get(name);
    if (array === undefined) throw missing(name);
    if (array.shape.length !== rank) throw wrongShape(name, `${rank} axes`, array.shape);
    return array.shape;
  };

  const [constChannels, constHeight, constWidth] = shapeOf('synthesis.b4.const', 3) as [number, number, number];
  if (constHeight !== 4)
    throw wrongShape('synthesis.b4.const', 'a height of 4', [constChannels, constHeight, constWidth]);
  const channels: Record<number, number> = { 4: constChannels };
  let resolution = 4;
  while (arrays.has(`synthesis.b${resolution * 2}.conv1.weight`) && resolution < LARGEST_RESOLUTION) {
    resolution *= 2;
    channels[resolution] = shapeOf(`synthesis.b${resolution}.conv1.weight`, 4)[0] as number;
  }
  const has = (pattern: RegExp) => [...arrays.keys()].some((name) => pattern.test(name));
  const architecture: StyleGan2Architecture = has(/^synthesis\.b\d+\.skip\.weight$/)
    ? 'resnet'
    : arrays.has('synthesis.b4.torgb.weight')
      ? 'skip'
      : 'orig';
  let mappingLayers = 0;
  while (arrays.has(`mapping.fc${mappingLayers}.weight`)) mappingLayers++;
  const [firstOutputs, firstInputs] = shapeOf('mapping.fc0.weight', 2) as [number, number];
  const [wDim] = shapeOf(`mapping.fc${mappingLayers - 1}.weight`, 2) as [number, number];
  const embed = arrays.has('mapping.embed.weight') ? shapeOf('mapping.embed.weight', 2) : null;
  const zDim = firstInputs - (embed?.[0] ?? 0);
  if (embed !== null && zDim < 1)
    throw wrongShape('mapping.fc0.weight', 'more inputs than the embedding has', [firstInputs]);
  if (raw.zDim !== null && raw.zDim !== zDim) {
    throw wrongShape('mapping.fc0.weight', `inputs for a z of ${raw.zDim}`, [firstOutputs, firstInputs]);
  }
  const [imageChannels] = shapeOf(`synthesis.b${resolution}.torgb.weight`, 4) as [number];

  const widths = channelRule(channels);
  let config: StyleGan2Config;
  try {
    config = styleGan2Config({
      resolution,
      constSize: [constHeight, constWidth],
      zDim,
      wDim,
      cDim: embed?.[1] ?? 0,
      mappingLayers,
      layerFeatures: mappingLayers > 1 && firstOutputs !== wDim ? firstOutputs : null,
      embedFeatures: embed !== null && embed[0] !== wDim ? (embed[0] as number) : null,
      mappingLrMultiplier: raw.mappingLrMultiplier,
      ...widths,
      convClamp: raw.convClamp,
      architecture,
      imageChannels,
    });
  } catch (error) {
    throw new CheckpointError('CHECKPOINT_TENSOR', 'the shapes describe a StyleGAN2 generator', {
      found: (error as Error).message,
      cause: error,
    });
  }

  const wanted = expectedTensors(config, channels);
  const used = new Set<string>();
  const tensors: LazyTensor[] = [];
  const withoutNoise: string[] = [];
  let hasAverage = false;
  for (const { source, name, shape, order, kind } of wanted) {
    const array = arrays.get(source);
    used.add(source);
    if (array === undefined) {
      if (kind === 'average') continue;
      if (kind !== 'noise') throw missing(source);
      withoutNoise.push(source);
      tensors.push({ name, array: zeros(shape) });
      continue;
    }
    if (kind === 'average') hasAverage = true;
    if (array.shape.length !== shape.length || !shape.every((size, i) => size === array.shape[i])) {
      // Noise strengths are scalars or single numbers.
      const single = shape.length === 0 && array.shape.length === 1 && array.shape[0] === 1;
      if (!single) throw wrongShape(source, `[${shape.join(', ')}]`, array.shape);
      tensors.push({ name, array: { ...array, shape: [], strides: [] } });
      continue;
    }
    tensors.push({ name, array: reorder(array, order) });
  }
  for (const name of arrays.keys()) {
    if (used.has(name)) continue;
    throw new CheckpointError('CHECKPOINT_TENSOR', `every tensor belongs to StyleGAN2 at ${resolution} pixels`, {
      found: quote(name),
      wayOut: 'A changed architecture is not read.',
    });
  }
  if (withoutNoise.length > 0) {
    warnings.push(
      `${withoutNoise.length} noise tensors are not in the file and were set to zero (${withoutNoise[0]} …)`,
    );
  }
  return { config, tensors, hasAverage, warnings };
}

type Expected = {
  /** Name in the checkpoint, after stylegan2-ada-pytorch. */
  source: string;
  /** Name in the project's tree. */
  name: string;
  /** In the checkpoint's layout. */
  shape: number[];
  /** What becomes of it: transposed, OIHW to HWIO, CHW to 1HWC, or as it is. */
  order: 'matrix' | 'kernel' | 'constant' | 'same';
  kind: 'needed' | 'noise' | 'average';
};

function expectedTensors(config: StyleGan2Config, channels: Readonly<Record<number, number>>): Expected[] {
  const { wDim, cDim, mappingLayers, constSize, imageChannels, resolution, architecture } = config;
  const list: Expected[] = [];
  const add = (
    source: string,
    name: string,
    shape: number[],
    order: Expected['order'],
    kind: Expected['kind'] = 'needed',
  ) => list.push({ source, name, shape, order, kind });
  const dense = (source: string, name: string, inputs: number, outputs: number) => {
    add(`${source}.weight`, `${name}.weight`, [outputs, inputs], 'matrix');
    add(`${source}.bias`, `${name}.bias`, [outputs], 'same');
  };
  const { embed, widths } = mappingWidths(config);
  if (cDim > 0) dense('mapping.embed', 'mapping.embed', cDim, embed);
  for (let i = 0; i < mappingLayers; i++) {
    dense(`mapping.fc${i}`, `mapping.layers.${i}`, widths[i] as number, widths[i + 1] as number);
  }
  add('mapping.w_avg', 'buffers.wAvg', [wDim], 'same', 'average');

  const at = (r: number) => channels[r] as number;
  const [lowest] = constSize;
  add(`synthesis.b${lowest}.const`, 'synthesis.constant', [at(lowest), ...constSize], 'constant');
  for (let r = lowest, i = 0; r <= resolution; r *= 2, i++) {
    const size = blockSize({ constSize }, r);
    const layer = (source: string, inputs: number) => {
      const from = `synthesis.b${r}.${source}`;
      const to = `synthesis.blocks.${i}.${source}`;
      add(`${from}.weight`, `${to}.weight`, [at(r), inputs, 3, 3], 'kernel');
      add(`${from}.bias`, `${to}.bias`, [at(r)], 'same');
      add(`${from}.noise_strength`, `${to}.noiseStrength`, [], 'same', 'noise');
      dense(`${from}.affine`, `${to}.affine`, wDim, inputs);
      add(`${from}.noise_const`, `buffers.noise.${i}.${source}`, size, 'same', 'noise');
    };
    if (r > lowest) layer('conv0', at(r / 2));
    layer('conv1', at(r));
    if (architecture === 'skip' || r === resolution) {
      const from = `synthesis.b${r}.torgb`;
      const to = `synthesis.blocks.${i}.toRgb`;
      add(`${from}.weight`, `${to}.weight`, [imageChannels, at(r), 1, 1], 'kernel');
      add(`${from}.bias`, `${to}.bias`, [imageChannels], 'same');
      dense(`${from}.affine`, `${to}.affine`, wDim, at(r));
    }
    if (architecture === 'resnet' && r > lowest) {
      add(`synthesis.b${r}.skip.weight`, `synthesis.blocks.${i}.skip.weight`, [at(r), at(r / 2), 1, 1], 'kernel');
    }
  }
  return list;
}

/** Names and shapes of all tensors of the project's tree for a configuration. */
export function tensorShapes(config: StyleGan2Config): Map<string, readonly number[]> {
  const channels: Record<number, number> = {};
  for (const resolution of blockResolutions(config)) channels[resolution] = channelsAt(config, resolution);
  return new Map(
    expectedTensors(config, channels).map(({ name, shape, order }) => [name, reorder(zeros(shape), order).shape]),
  );
}

function reorder(array: LazyArray, order: Expected['order']): LazyArray {
  switch (order) {
    case 'matrix':
      return permute(array, [1, 0]);
    case 'kernel':
      return permute(array, [2, 3, 1, 0]);
    case 'constant': {
      const hwc = permute(array, [1, 2, 0]);
      return { ...hwc, shape: [1, ...hwc.shape], strides: [0, ...hwc.strides] };
    }
    case 'same':
      return array;
  }
}

/** Widths as the usual rule `min(base / r, max)`, or spelled out where they do not follow it. */
function channelRule(
  channels: Readonly<Record<number, number>>,
): Pick<StyleGan2Config, 'channelBase' | 'channelMax' | 'channels'> {
  const entries = Object.entries(channels).map(([r, width]) => [Number(r), width] as const);
  const channelMax = Math.max(...entries.map(([, width]) => width));
  // The lowest resolution below the maximum fixes the base; without one any base beyond the last resolution does.
  const channelBase = Math.max(...entries.map(([r, width]) => r * width));
  const follows = entries.every(([r, width]) => Math.min(Math.floor(channelBase / r), channelMax) === width);
  return { channelBase, channelMax, channels: follows ? null : { ...channels } };
}

function missing(name: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_TENSOR', `the checkpoint has the tensor ${name}`, {
    found: 'none',
    wayOut: 'The file is incomplete or of a changed architecture.',
  });
}

function wrongShape(name: string, rule: string, shape: readonly number[]): CheckpointError {
  return new CheckpointError('CHECKPOINT_TENSOR', `${name} has ${rule}`, {
    found: `[${shape.slice(0, 8).join(', ')}]`,
    wayOut: 'A changed architecture is not read.',
  });
}
