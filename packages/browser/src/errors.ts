import { AutodragError } from '@autodrag/nn';

/** No backend starts, or the one that was asked for is unknown. `code` is `'BACKEND'`. */
export class BackendError extends AutodragError {
  override readonly name = 'BackendError';

  constructor(message: string, options?: ErrorOptions) {
    super('BACKEND', message, options);
  }
}
