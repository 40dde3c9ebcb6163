import { flattenParameters } from '../tree/flatten-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { sha256 } from './sha256.js';

/**
 * SHA-256 over the names, shapes and bytes of all parameters: equal for equal weights, however they were made or
 * loaded.
 *
 * @returns 64 lower-case hexadecimal digits
 */
export async function hashParameters(parameters: ParameterTree): Promise<string> {
  const lines: string[] = [];
  for (const [name, tensor] of Object.entries(flattenParameters(parameters))) {
    const data = await tensor.data();
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    lines.push(`${name} ${tensor.dtype} [${tensor.shape.join()}] ${await sha256(bytes)}`);
  }
  return sha256(new TextEncoder().encode(lines.join('\n')));
}
