import { InvalidArgumentError } from '@autodrag/nn';
import { createFeatureMatcher, type FeatureMatcherOptions } from './features/create-feature-matcher.js';
import type { ImageLike } from './image/image-like.js';
import { hasFeatures } from './image/to-pixels.js';
import type { Matcher, Matches, MatchOptions } from './matcher.js';
import { createOrbMatcher } from './orb/create-orb-matcher.js';
import type { OrbMatcherOptions } from './orb/orb-options.js';

/** Options of `matchImages`. */
export type MatchImagesOptions = MatchOptions & {
  /**
   * `'orb-gms'`, `'orb'` (every nearest neighbour), `'features'`, or a matcher of one's own.
   * @default 'features' if both images come with feature maps, else 'orb-gms'
   */
  method?: 'orb-gms' | 'orb' | 'features' | Matcher;
  /** For the ORB methods. `workers` defaults to 1 here. */
  orb?: Omit<OrbMatcherOptions, 'gms'>;
  /** For feature maps. */
  features?: FeatureMatcherOptions;
};

/**
 * Matches two images: tensors, ImageData, files, or images with feature maps.
 *
 * For more than one pair create a matcher and keep it: this function starts a worker, which loads OpenCV, and ends it
 * again (about 0.5 s).
 *
 * @returns points in pixels of each image, with scores
 * @throws what `createOrbMatcher` and `matchFeatures` throw
 */
export async function matchImages(
  a: ImageLike,
  b: ImageLike,
  { method, orb = {}, features = {}, ...options }: MatchImagesOptions = {},
): Promise<Matches> {
  const chosen = method ?? (hasFeatures(a) && hasFeatures(b) ? 'features' : 'orb-gms');
  if (typeof chosen === 'object') return chosen.match(a, b, options);
  if (chosen !== 'features' && chosen !== 'orb-gms' && chosen !== 'orb') {
    throw new InvalidArgumentError(
      `matchImages: method: expected 'orb-gms', 'orb', 'features' or a Matcher, got '${String(chosen)}'`,
    );
  }
  const matcher =
    chosen === 'features'
      ? createFeatureMatcher(features)
      : createOrbMatcher({ workers: 1, ...orb, gms: chosen === 'orb-gms' });
  try {
    return await matcher.match(a, b, options);
  } finally {
    await matcher.dispose();
  }
}
