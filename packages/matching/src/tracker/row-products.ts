import { createHost, createPlainProducts, type Host } from '@autodrag/nn/host';

/** Products of rows, `Host`'s. */
export type RowProducts = Pick<Host, 'centredProducts'>;

let host: RowProducts | undefined;

/** By WebAssembly; plainly where it cannot be compiled. One memory for all trackers: nothing stays in it. */
export function rowProducts(): RowProducts {
  host ??= createHost() ?? createPlainProducts();
  return host;
}
