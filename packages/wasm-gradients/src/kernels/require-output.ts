import { WasmGradientsError } from '../errors.js';

/**
 * tfjs-core gives a window that is larger than the image an output of a negative size, for which the heap has no place:
 * the backend would write anywhere.
 *
 * @throws WasmGradientsError if a size is negative
 */
export function requireOutput(kernel: string, outShape: readonly number[]): void {
  if (outShape.some((size) => !(size >= 0))) {
    throw new WasmGradientsError(
      'WASM_KERNEL_ARGUMENT',
      `${kernel}: the filter does not fit into the image: the output would be [${outShape}]. ` +
        "Use a smaller filter, or padding 'same'.",
    );
  }
}
