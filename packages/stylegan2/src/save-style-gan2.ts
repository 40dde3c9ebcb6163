import { flattenParameters, saveSafetensors } from '@autodrag/nn';
import type { StyleGan2Config } from './config.js';
import type { StyleGan2Parameters } from './parameters.js';

export type SaveStyleGan2Options = {
  /**
   * How numbers are stored. float16 halves the file and moves an image by about a thousandth of its range.
   * @default 'float32'
   */
  dtype?: 'float32' | 'float16';
};

/**
 * A generator as one safetensors file: every tensor under its dotted name, and the configuration as JSON in the metadata.
 *
 * @returns the whole file, for {@link loadStyleGan2} or for `importStyleGan2`
 * @throws InvalidArgumentError if a number is too large for float16
 */
export async function saveStyleGan2(
  config: StyleGan2Config,
  parameters: StyleGan2Parameters,
  { dtype = 'float32' }: SaveStyleGan2Options = {},
): Promise<Uint8Array> {
  return saveSafetensors(flattenParameters(parameters), { dtype, metadata: { config: JSON.stringify(config) } });
}
