import type { StyleGan2Config } from './config.js';
import { StyleGan2ConfigError } from './errors.js';
import { PRESETS, type StyleGan2PresetName } from './presets.js';

const DEFAULTS: Omit<StyleGan2Config, 'resolution' | 'channelBase'> = {
  constSize: [4, 4],
  zDim: 512,
  wDim: 512,
  cDim: 0,
  mappingLayers: 8,
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
      `styleGan2Config: no preset is called '${name}'. There are: ${Object.keys(PRESETS).join(', ')}`,
    );
  }
  return found;
}

function check(config: StyleGan2Config): void {
  const fail = (field: keyof StyleGan2Config, rule: string): never => {
    throw new StyleGan2ConfigError(
      `styleGan2Config: ${field}: expected ${rule}, got ${JSON.stringify(config[field] ?? null)}`,
    );
  };
  for (const field of ['zDim', 'wDim', 'mappingLayers', 'channelBase', 'channelMax', 'imageChannels'] as const) {
    if (!Number.isInteger(config[field]) || config[field] < 1) fail(field, 'a positive integer');
  }
  if (!Number.isInteger(config.cDim) || config.cDim < 0) fail('cDim', 'an integer, 0 or more');
  if (!(config.mappingLrMultiplier > 0)) fail('mappingLrMultiplier', 'a positive number');
  if (config.convClamp !== null && !(config.convClamp > 0)) fail('convClamp', 'a positive number or null');
  if (!['skip', 'resnet', 'orig'].includes(config.architecture)) fail('architecture', "'skip', 'resnet' or 'orig'");
  const { constSize, resolution } = config;
  if (constSize.length !== 2 || !constSize.every((side) => Number.isInteger(side) && side >= 1)) {
    fail('constSize', 'two positive integers');
  }
  if (!Number.isInteger(resolution) || !Number.isInteger(Math.log2(resolution / constSize[0]))) {
    fail('resolution', `${constSize[0]} times a power of two`);
  }
  if (resolution > 4096) fail('resolution', 'at most 4096');
  for (let r = constSize[0]; r <= resolution; r *= 2) {
    const width = config.channels?.[r] ?? Math.min(Math.floor(config.channelBase / r), config.channelMax);
    if (!Number.isInteger(width) || width < 1) fail('channels', `a positive integer at ${r}`);
  }
}
