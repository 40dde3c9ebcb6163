import { printable } from './printable.js';

/** Far more than a message needs; a foreign text that got into one does not make it endless. */
const LONGEST_MESSAGE = 10_000;

/** Global, so that two copies of this package, and packages that do not depend on it, know each other's errors. */
const marker = Symbol.for('autodrag.error');

/**
 * Base of every error that the packages of this project throw on purpose. `code` is stable; messages may change.
 * `isAutodragError` tells such an error where `instanceof` cannot: when two copies of a package are installed. What a
 * message says can be shown anywhere: whatever foreign text it quotes, it holds no controls (see `printable`), and
 * neither does the message of its cause.
 */
export class AutodragError extends Error {
  override readonly name: string = 'AutodragError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(
      printable(message, { longest: LONGEST_MESSAGE, lines: true }),
      options?.cause === undefined ? options : { cause: printableCause(options.cause) },
    );
    this.code = code;
  }

  get [marker](): true {
    return true;
  }
}

/**
 * Whether an error is one that a package of this project threw on purpose, whichever copy of the package it was.
 *
 * @param code asks for this code as well: `isAutodragError(error, 'POINT')`
 */
export function isAutodragError(error: unknown, code?: string): error is AutodragError {
  return (
    error instanceof Error &&
    (error as { [marker]?: unknown })[marker] === true &&
    (code === undefined || (error as { code?: unknown }).code === code)
  );
}

/** A tensor or array has another shape than a function asks for. `code` is `'SHAPE'`. */
export class ShapeError extends AutodragError {
  override readonly name = 'ShapeError';

  constructor(message: string, options?: ErrorOptions) {
    super('SHAPE', message, options);
  }
}

/** An argument other than a shape breaks a rule of the function. `code` is `'INVALID_ARGUMENT'`. */
export class InvalidArgumentError extends AutodragError {
  override readonly name = 'InvalidArgumentError';

  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_ARGUMENT', message, options);
  }
}

/** A weight file is damaged, hostile, of an unknown kind, or does not fit the model. `code` is `'WEIGHT_FILE'`. */
export class WeightFileError extends AutodragError {
  override readonly name = 'WeightFileError';

  constructor(message: string, options?: ErrorOptions) {
    super('WEIGHT_FILE', message, options);
  }
}

/**
 * Training was asked for, but `@tensorflow/tfjs-core` alone is loaded, which registers no gradients. `code` is
 * `'GRADIENTS_NOT_REGISTERED'`.
 */
export class GradientsNotRegisteredError extends AutodragError {
  override readonly name = 'GradientsNotRegisteredError';

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
