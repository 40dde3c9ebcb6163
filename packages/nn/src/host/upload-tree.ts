import { isTensor, type ParameterNode, type ParameterTree } from '../tree/parameter-tree.js';
import type { HostMatrix, OnHost } from './create-host.js';

/** `Host.upload`, where `pack` puts the weights `[inputs, outputs]` of linear layers. */
export function uploadTree<P extends ParameterTree>(
  parameters: P,
  pack: (values: Float32Array, inputs: number, outputs: number) => HostMatrix,
): Promise<OnHost<P>> {
  const upload = async (node: ParameterNode, key: string): Promise<unknown> => {
    if (node === undefined) return undefined;
    if (isTensor(node)) {
      const values = (await node.data()) as Float32Array;
      const [inputs, outputs] = node.shape;
      return key === 'weight' && node.rank === 2 ? pack(values, inputs!, outputs!) : values;
    }
    if (Array.isArray(node)) return Promise.all(node.map((child: ParameterTree) => upload(child, '')));
    const entries = Object.entries(node as ParameterTree).map(async ([name, child]) => [
      name,
      await upload(child, name),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  };
  return upload(parameters, '') as Promise<OnHost<P>>;
}
