import type { StyleGan2Config } from './config.js';

const configF = { channelBase: 32768, convClamp: null } as const;
const ada = { channelBase: 32768, convClamp: 256 } as const;

/**
 * Presets. First the sizes of the StyleGAN2-ADA training configurations, then the generators that the
 * Auto DragGAN paper edits. A checkpoint brings its own configuration, which counts; a preset is for a
 * generator that is made from scratch, and for knowing beforehand what a download will be.
 */
export const PRESETS = {
  // 'auto' of StyleGAN2-ADA: two mapping layers, half the channels below 512 pixels
  'auto-64': { resolution: 64, channelBase: 16384, mappingLayers: 2, convClamp: 256 },
  'auto-128': { resolution: 128, channelBase: 16384, mappingLayers: 2, convClamp: 256 },
  'auto-256': { resolution: 256, channelBase: 16384, mappingLayers: 2, convClamp: 256 },
  'auto-512': { resolution: 512, ...ada, mappingLayers: 2 },
  'auto-1024': { resolution: 1024, ...ada, mappingLayers: 2 },
  // 'paper256', 'paper512', 'paper1024' of StyleGAN2-ADA
  'paper-256': { resolution: 256, channelBase: 16384, convClamp: 256 },
  'paper-512': { resolution: 512, ...ada },
  'paper-1024': { resolution: 1024, ...ada },
  // config-f of StyleGAN2, as the TensorFlow checkpoints have it
  'config-f-256': { resolution: 256, ...configF },
  'config-f-512': { resolution: 512, ...configF },
  'config-f-1024': { resolution: 1024, ...configF },
  // the generators of the Auto DragGAN paper; docs/presets.md says what each value was compared with
  'ffhq-512': { resolution: 512, ...ada },
  'afhq-cat-512': { resolution: 512, ...ada },
  'shhq-512': { resolution: 512, constSize: [4, 2], ...ada },
  'lsun-car-512': { resolution: 512, ...configF },
  'lsun-cat-256': { resolution: 256, ...configF },
  // nobody says how this one was trained: the values of 'paper-256'
  'landscapes-hq-256': { resolution: 256, channelBase: 16384, convClamp: 256 },
  'lion-512': { resolution: 512, ...configF },
  'dog-1024': { resolution: 1024, ...configF },
  'elephant-512': { resolution: 512, ...configF },
} as const satisfies Record<string, Partial<StyleGan2Config>>;

/** A name that {@link styleGan2Config} accepts. */
export type StyleGan2PresetName = keyof typeof PRESETS;
