export { WasmBackendNotRegisteredError, WasmGradientsError } from './errors.js';
export {
  registerWasmGradients,
  unregisterWasmGradients,
  type WasmGradientsRegistration,
} from './register-wasm-gradients.js';
