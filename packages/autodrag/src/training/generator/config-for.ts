import type { RenderedDomain } from '@autodrag/rendered-domain';
import type { StyleGan2Config } from '@autodrag/stylegan2';
import { avatarGeneratorConfig, type GeneratorStage } from './generator-settings.js';

/** The default's networks, for the domain's latent, and as large as the largest stage. */
export function configFor(
  { latentDimensions }: Pick<RenderedDomain, 'latentDimensions'>,
  stages: readonly GeneratorStage[],
): StyleGan2Config {
  const largest = Math.max(...stages.map(({ resolution }) => resolution));
  // 16x16 is the least that has all the edited layers.
  return { ...avatarGeneratorConfig, zDim: latentDimensions, resolution: Math.max(16, largest) };
}
