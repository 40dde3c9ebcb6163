import { AutodragError } from '@autodrag/nn';

/** A configuration, or an argument that does not go with it. `code` is `'STYLEGAN2_CONFIG'`. */
export class StyleGan2ConfigError extends AutodragError {
  override readonly name = 'StyleGan2ConfigError';

  constructor(message: string, options?: ErrorOptions) {
    super('STYLEGAN2_CONFIG', message, options);
  }
}
