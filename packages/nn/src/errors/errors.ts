/** Base of every error that the packages of this project throw on purpose. `code` is stable; messages may change. */
export class AutodragError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A tensor or array has another shape than a function asks for. */
export class ShapeError extends AutodragError {
  constructor(message: string, options?: ErrorOptions) {
    super('SHAPE', message, options);
  }
}

/** An argument other than a shape breaks a rule of the function. */
export class InvalidArgumentError extends AutodragError {
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_ARGUMENT', message, options);
  }
}

/** A weight file is damaged, hostile, of an unknown kind, or does not fit the model. */
export class WeightFileError extends AutodragError {
  constructor(message: string, options?: ErrorOptions) {
    super('WEIGHT_FILE', message, options);
  }
}

/** Training was asked for, but `@tensorflow/tfjs-core` alone is loaded, which registers no gradients. */
export class GradientsNotRegisteredError extends AutodragError {
  constructor(message: string, options?: ErrorOptions) {
    super('GRADIENTS_NOT_REGISTERED', message, options);
  }
}
