import { AutodragError } from '@autodrag/nn';

/** A backend was asked for that is not installed, or that this machine cannot start. `code` is `'BACKEND'`. */
export class BackendError extends AutodragError {
  override readonly name = 'BackendError';

  constructor(message: string, options?: ErrorOptions) {
    super('BACKEND', message, options);
  }
}

/** A file or a folder could not be read or written. `code` is `'FILE'`. */
export class FileError extends AutodragError {
  override readonly name = 'FileError';

  constructor(message: string, options?: ErrorOptions) {
    super('FILE', message, options);
  }
}
