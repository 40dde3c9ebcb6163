import { WasmGradientsError } from '../errors.js';

/** The wasm backend itself convolves NHWC only, so no gradient of another layout can be asked for. */
export function requireChannelsLast(kernel: string, dataFormat: string | undefined): void {
  if (dataFormat !== undefined && dataFormat !== 'NHWC' && dataFormat !== 'channelsLast') {
    throw new WasmGradientsError(
      'WASM_KERNEL_ARGUMENT',
      `${kernel}: the wasm backend knows dataFormat 'NHWC' only, got '${dataFormat}'. Transpose with [0, 2, 3, 1] first.`,
    );
  }
}
