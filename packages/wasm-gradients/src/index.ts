export { WasmBackendNotRegisteredError, WasmGradientsError } from './errors.js';
export { layerThreads } from './layer-threads.js';
export {
  registerWasmGradients,
  unregisterWasmGradients,
  type WasmGradientsRegistration,
} from './register-wasm-gradients.js';
