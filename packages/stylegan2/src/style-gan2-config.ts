import { printable, quote } from '@autodrag/nn';
import type { StyleGan2Config } from './config.js';
import { StyleGan2ConfigError } from './errors.js';
import { PRESETS, type StyleGan2PresetName } from './presets.js';

/** Widths beyond this are mistakes: the largest of any published StyleGAN2 is 2048. */
export const LARGEST_WIDTH = 65536;
const LARGEST_RESOLUTION = 4096;
const MOST_LAYERS = 256;
/** Beyond it 32-bit floats hold no image. */
const LARGEST_FACTOR = 1e6;

const DEFAULTS: Omit<StyleGan2Config, 'resolution' | 'channelBase'> = {
  constSize: [4, 4],
  zDim: 512,
  wDim: 512,
  cDim: 0,
  mappingLayers: 8,
  layerFeatures: null,
  embedFeatures: null,
  mappingLrMultiplier: 0.01,
  channelMax: 512,
  channels: null,
  convClamp: null,
  architecture: 'skip',
  imageChannels: 3,
};

/**
 * A complete, checked configuration from the name of a preset or from any part of one.
 * What is left out: resolution 256, `channelBase` 32768 from 512 pixels on and 16384 below, and the
 * sizes of the published networks (z, w 512, eight mapping layers, 512 channels at most, `skip`, no clamp).
 *
 * @throws StyleGan2ConfigError naming the field, the rule and what it got
 */
export function styleGan2Config(source: StyleGan2PresetName | Partial<StyleGan2Config> = {}): StyleGan2Config {
  const partial = typeof source === 'string' ? preset(source) : source;
  if (typeof partial !== 'object' || partial === null || Array.isArray(partial)) {
    throw new StyleGan2ConfigError(`styleGan2Config: expected a configuration, got ${printable(partial)}`);
  }
  const resolution = partial.resolution ?? 256;
  const config: StyleGan2Config = {
    ...DEFAULTS,
    resolution,
    channelBase: resolution >= 512 ? 32768 : 16384,
    ...Object.fromEntries(Object.entries(partial).filter(([, value]) => value !== undefined)),
  };
  check(config);
  return config;
}

function preset(name: StyleGan2PresetName): Partial<StyleGan2Config> {
  const found = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (found === undefined) {
    throw new StyleGan2ConfigError(
      `styleGan2Config: no preset is called ${quote(name)}. There are: ${Object.keys(PRESETS).join(', ')}`,
    );
  }
  return found;
}

function check(config: StyleGan2Config): void {
  const fail = (field: keyof StyleGan2Config, rule: string): never => {
    throw new StyleGan2ConfigError(`styleGan2Config: ${field}: expected ${rule}, got ${shown(config[field])}`);
  };
  const integer = (field: keyof StyleGan2Config, most: number, least = 1): void => {
    const value = config[field] as number;
    if (!Number.isInteger(value) || value < least) {
      fail(field, least === 0 ? 'an integer, 0 or more' : 'a positive integer');
    }
    if (value > most) fail(field, `at most ${most}`);
  };
  const factor = (field: 'mappingLrMultiplier' | 'convClamp', rule: string): void => {
    const value = config[field] as number;
    if (typeof value !== 'number' || !(value > 0)) fail(field, rule);
    if (value > LARGEST_FACTOR) fail(field, `at most ${LARGEST_FACTOR}`);
  };
  for (const field of ['zDim', 'wDim', 'channelMax', 'imageChannels'] as const) integer(field, LARGEST_WIDTH);
  for (const field of ['layerFeatures', 'embedFeatures'] as const) {
    if (config[field] !== null) integer(field, LARGEST_WIDTH);
  }
  integer('mappingLayers', MOST_LAYERS);
  integer('channelBase', LARGEST_WIDTH * LARGEST_RESOLUTION);
  integer('cDim', LARGEST_WIDTH, 0);
  factor('mappingLrMultiplier', 'a positive number');
  if (config.convClamp !== null) factor('convClamp', 'a positive number or null');
  if (!['skip', 'resnet', 'orig'].includes(config.architecture)) fail('architecture', "'skip', 'resnet' or 'orig'");
  checkSizes(config, fail);
}

function checkSizes(config: StyleGan2Config, fail: (field: keyof StyleGan2Config, rule: string) => never): void {
  const { constSize, resolution, channels } = config;
  if (!Array.isArray(constSize) || constSize.length !== 2) fail('constSize', 'two positive integers');
  for (const side of constSize) {
    if (!Number.isInteger(side) || side < 1) fail('constSize', 'two positive integers');
    if (side > LARGEST_RESOLUTION) fail('constSize', `sides of at most ${LARGEST_RESOLUTION}`);
  }
  if (!Number.isInteger(resolution) || !Number.isInteger(Math.log2(resolution / constSize[0]))) {
    fail('resolution', `${constSize[0]} times a power of two`);
  }
  if (resolution < constSize[0]) fail('resolution', `at least ${constSize[0]}, the height of the constant`);
  if (resolution > LARGEST_RESOLUTION) fail('resolution', `at most ${LARGEST_RESOLUTION}`);
  if (channels !== null && (typeof channels !== 'object' || Array.isArray(channels))) {
    fail('channels', 'widths by height, or null');
  }
  for (let r = constSize[0]; r <= resolution; r *= 2) {
    const width = channels?.[r] ?? Math.min(Math.floor(config.channelBase / r), config.channelMax);
    if (!Number.isInteger(width) || width < 1) fail('channels', `a positive integer at ${r}`);
    if (width > LARGEST_WIDTH) fail('channels', `at most ${LARGEST_WIDTH} at ${r}`);
  }
}

/** A value as a message shows it: JSON, but for numbers that JSON does not have. */
function shown(value: unknown): string {
  return printable(typeof value === 'number' ? value : JSON.stringify(value ?? null));
}
