import type * as tf from '@tensorflow/tfjs-core';
import { ShapeError, WeightFileError } from '../errors/errors.js';
import { quote } from '../errors/printable.js';
import { flattenParameters } from './flatten-parameters.js';
import { mapParameters } from './map-parameters.js';
import type { ParameterTree } from './parameter-tree.js';

/**
 * The inverse of `flattenParameters`: puts the tensors of `flat` in the places of a template, whose own tensors only
 * say which names and shapes are expected. The result holds the tensors of `flat` themselves.
 *
 * @throws WeightFileError if a name is missing or left over
 * @throws ShapeError if a tensor has another shape than the template's
 */
export function unflattenParameters<P extends ParameterTree>(
  template: P,
  flat: Readonly<Record<string, tf.Tensor>>,
): P {
  const expected = flattenParameters(template);
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(flat, name));
  const unknown = Object.keys(flat).filter((name) => !Object.hasOwn(expected, name));
  if (missing.length > 0 || unknown.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`missing ${listNames(missing)}`] : []),
      ...(unknown.length > 0 ? [`unknown ${listNames(unknown)}`] : []),
    ];
    throw new WeightFileError(
      `unflattenParameters: the names do not fit the model: ${parts.join('; ')}. Load weights that were saved for the same configuration.`,
    );
  }
  return mapParameters(template, (tensor, name) => {
    const found = flat[name]!;
    if (tensor.shape.length !== found.shape.length || tensor.shape.some((size, axis) => size !== found.shape[axis])) {
      throw new ShapeError(
        `unflattenParameters: ${name}: expected [${tensor.shape.join(', ')}], got [${found.shape.join(', ')}]`,
      );
    }
    return found;
  });
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => quote(name));
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ');
}
