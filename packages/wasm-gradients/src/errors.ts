/** What `isAutodragError` of `@autodrag/nn` knows errors by: this package does not depend on that one. */
const marker = Symbol.for('autodrag.error');

/** An error of this package, with a stable `code`. `isAutodragError` of `@autodrag/nn` knows it. */
export class WasmGradientsError extends Error {
  override readonly name: string = 'WasmGradientsError';

  constructor(
    readonly code:
      | 'WASM_BACKEND_NOT_REGISTERED'
      | 'WASM_BACKEND_UNSUPPORTED'
      | 'WASM_KERNEL_ARGUMENT'
      | 'WASM_THREAD_LOST',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get [marker](): true {
    return true;
  }
}

/** The application has not imported `@tensorflow/tfjs-backend-wasm`, or imported it for another copy of tfjs-core. */
export class WasmBackendNotRegisteredError extends WasmGradientsError {
  override readonly name = 'WasmBackendNotRegisteredError';

  constructor(caller: string) {
    super(
      'WASM_BACKEND_NOT_REGISTERED',
      `${caller}: no backend 'wasm' is registered in this copy of @tensorflow/tfjs-core. ` +
        `Import '@tensorflow/tfjs-backend-wasm' before; if you did, 'npm ls @tensorflow/tfjs-core' must show one copy.`,
    );
  }
}
