import { printable } from './printable.js';

/** Far more than a message needs; a foreign text that got into one does not make it endless. */
const LONGEST_MESSAGE = 10_000;

/**
 * Base of every error that the packages of this project throw on purpose. `code` is stable; messages may change. What a
 * message says can be shown anywhere: whatever foreign text it quotes, it holds no controls (see `printable`), and neither
 * does the message of its cause.
 */
export class AutodragError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(
      printable(message, { longest: LONGEST_MESSAGE, lines: true }),
      options?.cause === undefined ? options : { cause: printableCause(options.cause) },
    );
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

/** JSON.parse and file systems quote what they were given: Node shows a cause as it is. */
function printableCause(cause: unknown): unknown {
  if (typeof cause === 'string') return printable(cause, { longest: LONGEST_MESSAGE, lines: true });
  if (!(cause instanceof Error)) return cause;
  const message = printable(cause.message, { longest: LONGEST_MESSAGE, lines: true });
  if (message === cause.message) return cause;
  const safe = new Error(message);
  safe.name = printable(cause.name);
  return safe;
}
