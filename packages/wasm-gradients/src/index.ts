export { WasmBackendNotRegisteredError, WasmGradientsError } from './errors';
export {
  registerWasmGradients,
  unregisterWasmGradients,
  type WasmGradientsRegistration,
} from './register-wasm-gradients';
