import type { StyleGan2Config } from './config.js';

/**
 * Channels of the features that leave the block of this height: `min(channelBase / height, channelMax)`, unless
 * `channels` says otherwise.
 */
export function channelsAt(config: StyleGan2Config, resolution: number): number {
  return config.channels?.[resolution] ?? Math.min(Math.floor(config.channelBase / resolution), config.channelMax);
}
