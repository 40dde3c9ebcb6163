import { AutodragError } from '@autodrag/nn';

/** A handle, a target or an anchor breaks a rule. `code` is `'POINT'`. */
export class PointError extends AutodragError {
  constructor(message: string, options?: ErrorOptions) {
    super('POINT', message, options);
    this.name = 'PointError';
  }
}

/** A seed, a z or a latent code is none. `code` is `'SEED'`. */
export class SeedError extends AutodragError {
  constructor(message: string, options?: ErrorOptions) {
    super('SEED', message, options);
    this.name = 'SeedError';
  }
}

/** A weight file cannot be had, or does not belong to the others. `code` is `'MODEL'`. */
export class ModelError extends AutodragError {
  constructor(message: string, options?: ErrorOptions) {
    super('MODEL', message, options);
    this.name = 'ModelError';
  }
}

/** Something was asked of a session that it cannot do now: it is busy, or disposed. `code` is `'SESSION'`. */
export class SessionError extends AutodragError {
  constructor(message: string, options?: ErrorOptions) {
    super('SESSION', message, options);
    this.name = 'SessionError';
  }
}
