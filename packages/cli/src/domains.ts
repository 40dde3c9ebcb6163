import { avatarDomain, defaultWeights } from '@autodrag/avatars';
import { detectorWeights } from '@autodrag/avatars/detector';
import type { RenderedDomain } from '@autodrag/rendered-domain';
import { choiceOption, type OptionSpec, UsageError, type Values } from './command.js';

/** A renderer, and the addresses of the weights that come with its package, where there are any. */
export type KnownDomain = {
  readonly domain: RenderedDomain;
  readonly weights: Readonly<Record<'generator' | 'regularizer' | 'predictor', URL>> | null;
  readonly detector: URL | null;
};

/** The renderers that a command line may name. No other module is ever loaded by a name. */
const domains = {
  avatars: async (): Promise<KnownDomain> => ({
    domain: avatarDomain,
    weights: defaultWeights,
    detector: detectorWeights,
  }),
  cars: async (): Promise<KnownDomain> => {
    const { carDomain } = await import('@autodrag/cars').catch((error) => {
      if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      throw new UsageError(
        "--domain cars: @autodrag/cars is not installed beside autodrag. 'npm install @autodrag/cars' does that.",
      );
    });
    return { domain: carDomain, weights: null, detector: null };
  },
} as const;

const domainNames = Object.keys(domains) as (keyof typeof domains)[];

/** The option of commands that draw pictures of a renderer. */
export const domainOption: Record<string, OptionSpec> = {
  domain: {
    type: 'string',
    value: 'NAME',
    choices: domainNames,
    help: 'the renderer: avatars (default), or cars where @autodrag/cars is installed',
  },
};

/** What `--domain` names. @throws UsageError where there is no such domain */
export function domainName(values: Values): keyof typeof domains {
  return choiceOption(values, 'domain', domainNames, 'avatars');
}

/** Opens what `--domain` names. @throws UsageError where its package is not installed */
export function openDomain(values: Values): Promise<KnownDomain> {
  return domains[domainName(values)]();
}
