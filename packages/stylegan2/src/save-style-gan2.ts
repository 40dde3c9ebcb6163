import { flattenParameters, quote, saveSafetensors } from '@autodrag/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { StyleGan2Config } from './config.js';
import { StyleGan2ConfigError } from './errors.js';
import { tensorShapes } from './import/describe-generator.js';
import { ownFormat } from './own-format.js';
import type { StyleGan2Parameters } from './parameters.js';
import { styleGan2Config } from './style-gan2-config.js';

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
 * @throws StyleGan2ConfigError if configuration and parameters do not go together; InvalidArgumentError if a number is
 * not
 *   finite, or too large for float16
 */
export async function saveStyleGan2(
  config: StyleGan2Config,
  parameters: StyleGan2Parameters,
  { dtype = 'float32' }: SaveStyleGan2Options = {},
): Promise<Uint8Array> {
  const checked = styleGan2Config(config);
  const tensors = flattenParameters(parameters);
  checkFit(tensors, tensorShapes(checked));
  const metadata = { ...ownFormat, config: JSON.stringify(checked) };
  return saveSafetensors(tensors, { dtype, metadata, finite: true });
}

/** What is written can be read: the reader asks for exactly these tensors. */
function checkFit(tensors: Readonly<Record<string, tf.Tensor>>, shapes: ReadonlyMap<string, readonly number[]>): void {
  for (const name of new Set([...Object.keys(tensors), ...shapes.keys()])) {
    const expected = shapes.get(name);
    const found = tensors[name]?.shape;
    if (expected && found && expected.length === found.length && expected.every((size, i) => size === found[i]))
      continue;
    const list = (shape: readonly number[] | undefined) => (shape ? `[${shape.join(', ')}]` : 'nothing');
    throw new StyleGan2ConfigError(
      `saveStyleGan2: ${quote(name)}: the configuration has ${list(expected)}, got ${list(found)}`,
    );
  }
}
