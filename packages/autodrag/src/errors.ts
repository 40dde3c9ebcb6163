import { AutodragError } from '@autodrag/nn';

/** A handle, a target or an anchor breaks a rule. `code` is `'POINT'`. */
export class PointError extends AutodragError {
  override readonly name = 'PointError';

  constructor(message: string, options?: ErrorOptions) {
    super('POINT', message, options);
  }
}

/** A seed, a z or a latent code is none. `code` is `'SEED'`. */
export class SeedError extends AutodragError {
  override readonly name = 'SeedError';

  constructor(message: string, options?: ErrorOptions) {
    super('SEED', message, options);
  }
}

/** A weight file cannot be had, or does not belong to the others. `code` is `'MODEL'`. */
export class ModelError extends AutodragError {
  override readonly name = 'ModelError';

  constructor(message: string, options?: ErrorOptions) {
    super('MODEL', message, options);
  }
}

/** Something was asked of a session that it cannot do now: it is busy, or disposed. `code` is `'SESSION'`. */
export class SessionError extends AutodragError {
  override readonly name = 'SessionError';

  constructor(message: string, options?: ErrorOptions) {
    super('SESSION', message, options);
  }
}
