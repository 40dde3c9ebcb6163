import { describe, expect, it } from 'vitest';
import {
  blockResolutions,
  channelsAt,
  numWs,
  numWsAt,
  PRESETS,
  type StyleGan2PresetName,
  styleGan2Config,
} from './index.js';

describe('styleGan2Config', () => {
  it.each([
    [64, 10],
    [128, 12],
    [256, 14],
    [512, 16],
    [1024, 18],
  ])('%i pixels have %i layers of w', (resolution, layers) => {
    expect(numWs(styleGan2Config({ resolution }))).toBe(layers);
  });

  it('fills every preset in', () => {
    for (const name of Object.keys(PRESETS) as StyleGan2PresetName[]) {
      const config = styleGan2Config(name);
      expect(config.zDim).toBe(512);
      expect(blockResolutions(config).at(-1)).toBe(config.resolution);
      expect(name).toContain(String(config.resolution));
    }
    expect(channelsAt(styleGan2Config('ffhq-512'), 512)).toBe(64);
    expect(channelsAt(styleGan2Config('paper-256'), 128)).toBe(128);
    expect(channelsAt(styleGan2Config('lsun-cat-256'), 128)).toBe(256);
    expect(styleGan2Config('shhq-512').constSize).toEqual([4, 2]);
  });

  it('counts the layers that a block depends on', () => {
    const config = styleGan2Config('ffhq-512');
    expect(numWsAt(config, 4)).toBe(1);
    expect(numWsAt(config, 128)).toBe(11); // w0 … w10
    expect(numWsAt(config, 512, { image: true })).toBe(16);
    expect(() => numWsAt(config, 100)).toThrow('no block is called 100');
  });

  it('takes widths that follow no formula', () => {
    const config = styleGan2Config({ resolution: 8, channels: { 8: 7 } });
    expect([channelsAt(config, 4), channelsAt(config, 8)]).toEqual([512, 7]);
  });

  it.each([
    [{ resolution: 100 }, 'resolution: expected 4 times a power of two, got 100'],
    [{ resolution: 1 << 20 }, 'resolution: expected at most 4096'],
    [{ wDim: 0 }, 'wDim: expected a positive integer, got 0'],
    [{ convClamp: -1 }, 'convClamp: expected a positive number or null, got -1'],
    [{ architecture: 'plain' as 'skip' }, "architecture: expected 'skip', 'resnet' or 'orig'"],
    [{ channels: { 4: 1.5 } }, 'channels: expected a positive integer at 4'],
    [{ channels: { 4: 1e9 } }, 'channels: expected at most 65536 at 4'],
    [{ channels: 'wide' as never }, 'channels: expected widths by height, or null, got "wide"'],
    [{ zDim: Number.NaN }, 'zDim: expected a positive integer, got NaN'],
    [{ zDim: 1e10 }, 'zDim: expected at most 65536, got 10000000000'],
    [{ cDim: Number.POSITIVE_INFINITY }, 'cDim: expected an integer, 0 or more, got Infinity'],
    [{ mappingLayers: 1e9 }, 'mappingLayers: expected at most 256, got 1000000000'],
    [{ layerFeatures: 0 }, 'layerFeatures: expected a positive integer, got 0'],
    [{ embedFeatures: 1.5 }, 'embedFeatures: expected a positive integer, got 1.5'],
    [{ convClamp: Number.POSITIVE_INFINITY }, 'convClamp: expected at most 1000000, got Infinity'],
    [{ convClamp: 'x' as never }, 'convClamp: expected a positive number or null, got "x"'],
    [{ mappingLrMultiplier: Number.NaN }, 'mappingLrMultiplier: expected a positive number, got NaN'],
    [{ constSize: [4] as never }, 'constSize: expected two positive integers, got [4]'],
    [{ constSize: null as never }, 'constSize: expected two positive integers, got null'],
    [{ constSize: [4, 1e6] as const }, 'constSize: expected sides of at most 4096'],
    [{ resolution: 2 }, 'resolution: expected at least 4, the height of the constant, got 2'],
    [null as never, 'styleGan2Config: expected a configuration, got null'],
  ])('refuses %o', (partial, message) => {
    expect(() => styleGan2Config(partial)).toThrow(message);
  });

  it('names the presets that there are', () => {
    expect(() => styleGan2Config('ffhq' as 'ffhq-512')).toThrow("no preset is called 'ffhq'. There are: auto-64");
  });
});
