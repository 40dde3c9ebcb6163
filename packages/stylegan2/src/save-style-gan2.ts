import { flattenParameters, saveSafetensors } from '@autodrag/nn';
import type { StyleGan2Config } from './config.js';
import { ownFormat } from './own-format.js';
import type { StyleGan2Parameters } from './parameters.js';

export type SaveStyleGan2Options = {
  /**
   * How numbers are stored. float16 halves the file and moves an image by about a thousandth of its range.
   * @default 'float32'
   */
  dtype?: 'float32' | 'float16';
};

/**
 * A generator as one safetensors file: every tensor under its dotted name; in the metadata the kind of
 * file, its version, and the configuration as JSON.
 *
 * @returns the whole file, for {@link loadStyleGan2} or for `importStyleGan2`
 * @throws InvalidArgumentError if a number is too large for float16
 */
export async function saveStyleGan2(
  config: StyleGan2Config,
  parameters: StyleGan2Parameters,
  { dtype = 'float32' }: SaveStyleGan2Options = {},
): Promise<Uint8Array> {
  const metadata = { ...ownFormat, config: JSON.stringify(config) };
  return saveSafetensors(flattenParameters(parameters), { dtype, metadata });
}
