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
const AVERAGE = 'buffers.wAvg';

/**
 * Reads the configuration off the shapes, checks every tensor against it, and gives each the name and the layout of
 * the project's parameters (HWIO, `[in, out]`).
 *
 * @throws CheckpointError naming the tensor that is missing, superfluous or of another shape
 */
export function describeGenerator(raw: RawGenerator): DescribedGenerator {
  const { config, channels } = readConfig(raw);
  const { tensors, hasAverage, warnings } = placeTensors(raw.arrays, expectedTensors(config, channels));
  const known = new Set(tensors.map(({ source }) => source));
  for (const name of raw.arrays.keys()) {
    if (known.has(name)) continue;
    throw new CheckpointError('CHECKPOINT_TENSOR', `every tensor belongs to StyleGAN2 at ${config.resolution} pixels`, {
      found: quote(name),
      wayOut: 'A changed architecture is not read.',
    });
  }
  return { config, tensors, hasAverage, warnings: [...raw.warnings, ...warnings] };
}

type Arrays = ReadonlyMap<string, LazyArray>;

function shapeOf(arrays: Arrays, name: string, rank: number): readonly number[] {
  const array = arrays.get(name);
  if (array === undefined) throw missing(name);
  if (array.shape.length !== rank) throw wrongShape(name, `${rank} axes`, array.shape);
  return array.shape;
}

/** The configuration that the shapes imply, and the width of every block. */
function readConfig(raw: RawGenerator): { config: StyleGan2Config; channels: Record<number, number> } {
  const { arrays } = raw;
  const { channels, constSize, resolution } = readBlocks(arrays);
  const names = [...arrays.keys()];
  const architecture: StyleGan2Architecture = names.some((name) => /^synthesis\.b\d+\.skip\.weight$/.test(name))
    ? 'resnet'
    : arrays.has('synthesis.b4.torgb.weight')
      ? 'skip'
      : 'orig';
  const [imageChannels] = shapeOf(arrays, `synthesis.b${resolution}.torgb.weight`, 4) as [number];
  try {
    const config = styleGan2Config({
      resolution,
      constSize,
      ...readMapping(raw),
      mappingLrMultiplier: raw.mappingLrMultiplier,
      ...channelRule(channels),
      convClamp: raw.convClamp,
      architecture,
      imageChannels,
    });
    return { config, channels };
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError('CHECKPOINT_TENSOR', 'the shapes describe a StyleGAN2 generator', {
      found: (error as Error).message,
      cause: error,
    });
  }
}

function readBlocks(arrays: Arrays) {
  const constant = shapeOf(arrays, 'synthesis.b4.const', 3) as [number, number, number];
  const [width, constHeight, constWidth] = constant;
  if (constHeight !== 4) throw wrongShape('synthesis.b4.const', 'a height of 4', constant);
  const channels: Record<number, number> = { 4: width };
  let resolution = 4;
  while (arrays.has(`synthesis.b${resolution * 2}.conv1.weight`) && resolution < LARGEST_RESOLUTION) {
    resolution *= 2;
    channels[resolution] = shapeOf(arrays, `synthesis.b${resolution}.conv1.weight`, 4)[0] as number;
  }
  return { channels, resolution, constSize: [constHeight, constWidth] as const };
}

function readMapping({ arrays, zDim: saidZ }: RawGenerator) {
  let mappingLayers = 0;
  while (arrays.has(`mapping.fc${mappingLayers}.weight`)) mappingLayers++;
  const first = shapeOf(arrays, 'mapping.fc0.weight', 2) as [number, number];
  const [wDim] = shapeOf(arrays, `mapping.fc${mappingLayers - 1}.weight`, 2) as [number, number];
  const [embed, cDim] = arrays.has('mapping.embed.weight')
    ? (shapeOf(arrays, 'mapping.embed.weight', 2) as [number, number])
    : [0, 0];
  const zDim = first[1] - embed;
  if (zDim < 1) throw wrongShape('mapping.fc0.weight', 'more inputs than the embedding has', first);
  if (saidZ !== null && saidZ !== zDim) throw wrongShape('mapping.fc0.weight', `inputs for a z of ${saidZ}`, first);
  return {
    zDim,
    wDim,
    cDim,
    mappingLayers,
    layerFeatures: mappingLayers > 1 && first[0] !== wDim ? first[0] : null,
    embedFeatures: cDim > 0 && embed !== wDim ? embed : null,
  };
}

/** Gives every expected tensor its array, in the project's layout; zeros for noise that the file leaves out. */
function placeTensors(arrays: Arrays, expected: readonly Expected[]) {
  const tensors: (LazyTensor & { source: string })[] = [];
  const withoutNoise: string[] = [];
  for (const { source, name, shape, order, kind } of expected) {
    const array = arrays.get(source);
    if (array !== undefined) {
      tensors.push({ source, name, array: fit(array, source, shape, order) });
    } else if (kind === 'noise') {
      withoutNoise.push(source);
      tensors.push({ source, name, array: zeros(shape) });
    } else if (kind === 'needed') {
      throw missing(source);
    }
  }
  const few = `${withoutNoise.length} noise tensors are not in the file and were set to zero (${withoutNoise[0]} …)`;
  return {
    tensors,
    hasAverage: tensors.some(({ name }) => name === AVERAGE),
    warnings: withoutNoise.length > 0 ? [few] : [],
  };
}

function fit(array: LazyArray, source: string, shape: readonly number[], order: Expected['order']): LazyArray {
  if (array.shape.length === shape.length && shape.every((size, i) => size === array.shape[i])) {
    return reorder(array, order);
  }
  // Noise strengths are scalars or single numbers.
  const single = shape.length === 0 && array.shape.length === 1 && array.shape[0] === 1;
  if (!single) throw wrongShape(source, `[${shape.join(', ')}]`, array.shape);
  return { ...array, shape: [], strides: [] };
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
  add('mapping.w_avg', AVERAGE, [wDim], 'same', 'average');

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
