import { InvalidArgumentError } from '@autodrag/nn';
import type { FeatureImage, ImageLike } from '../image/image-like.js';
import { hasFeatures } from '../image/to-pixels.js';
import type { Matcher } from '../matcher.js';
import { type MatchFeaturesOptions, matchFeatures } from './match-features.js';

/** Options of `createFeatureMatcher`. */
export type FeatureMatcherOptions = Omit<MatchFeaturesOptions, 'imageSize'> & {
  /** Gives the feature maps of an image that comes without; they are disposed after use. */
  extract?: (image: ImageLike) => FeatureImage | Promise<FeatureImage>;
};

/**
 * `matchFeatures` behind the Matcher interface: takes images that come with feature maps (`{ features, width, height
 * }`), or any image if `extract` is given.
 */
export function createFeatureMatcher({ extract, ...options }: FeatureMatcherOptions = {}): Matcher {
  const close = (image: FeatureImage) => {
    for (const map of Object.values(image.features)) map.dispose();
  };
  async function resolve(image: ImageLike, where: string): Promise<{ image: FeatureImage; owned: boolean }> {
    if (hasFeatures(image)) return { image, owned: false };
    if (!extract) {
      throw new InvalidArgumentError(
        `feature matcher: ${where}: has no feature maps. Pass { features, width, height }, or give createFeatureMatcher an \`extract\`.`,
      );
    }
    return { image: await extract(image), owned: true };
  }
  return {
    name: 'features',
    async match(a, b, { signal } = {}) {
      signal?.throwIfAborted();
      const first = await resolve(a, 'a');
      let second: Awaited<ReturnType<typeof resolve>> | undefined;
      try {
        second = await resolve(b, 'b');
        signal?.throwIfAborted();
        const { width, height } = first.image;
        if (second.image.width !== width || second.image.height !== height) {
          throw new InvalidArgumentError(
            `feature matcher: both images must have one size, got ${width} x ${height} and ${second.image.width} x ${second.image.height}`,
          );
        }
        const [matches] = await matchFeatures(first.image.features, second.image.features, {
          ...options,
          imageSize: { width, height },
        });
        signal?.throwIfAborted();
        return matches!;
      } finally {
        if (first.owned) close(first.image);
        if (second?.owned) close(second.image);
      }
    },
    async dispose() {},
  };
}
