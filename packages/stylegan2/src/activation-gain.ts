import type { SynthesisParameters } from './parameters.js';

/** What the activations of a layer are multiplied by: √2, over √2 where a residual block adds its shortcut. */
export function activationGain({ blocks }: SynthesisParameters, block: number, name: 'conv0' | 'conv1'): number {
  return name === 'conv1' && blocks[block]!.skip ? 1 : Math.SQRT2;
}
