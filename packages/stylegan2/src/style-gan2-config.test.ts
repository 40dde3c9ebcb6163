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
  ])('refuses %o', (partial, message) => {
    expect(() => styleGan2Config(partial)).toThrow(message);
  });

  it('names the presets that there are', () => {
    expect(() => styleGan2Config('ffhq' as 'ffhq-512')).toThrow("no preset is called 'ffhq'. There are: auto-64");
  });
});
