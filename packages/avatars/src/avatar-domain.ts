import { boxAround, type RenderedDomain } from '@autodrag/rendered-domain';
import { avatarLandmarks, landmarkGroups, landmarkNames } from './renderer/avatar-landmarks.js';
import {
  expressiveAppearanceFromLatent,
  expressiveGeometryDimensions,
  expressiveGeometryFromLatent,
  expressiveLatentDimensions,
} from './renderer/layouts/expressive-layout.js';
import {
  appearanceFromLatent,
  geometryDimensions,
  geometryFromLatent,
  latentDimensions,
} from './renderer/layouts/plain-layout.js';
import type { AvatarAppearance, AvatarGeometry } from './renderer/parameters.js';
import { renderAvatar } from './renderer/render-avatar.js';

type Layout = Pick<RenderedDomain, 'name' | 'latentDimensions' | 'geometryDimensions'> & {
  geometryOf: (z: ArrayLike<number>) => AvatarGeometry;
  appearanceOf: (z: ArrayLike<number>) => AvatarAppearance;
};

/** Avatars as trainings and evaluations know them. Parts are the eyes with their brows, and the mouth. */
const domainOf = ({ geometryOf, appearanceOf, ...layout }: Layout): RenderedDomain => ({
  ...layout,
  singular: 'avatar',
  landmarkNames,
  standardPoints: { one: landmarkGroups.one, five: landmarkGroups.five },
  render: (geometry, appearance, options) =>
    renderAvatar({ geometry: geometryOf(geometry), appearance: appearanceOf(appearance) }, options),
  landmarks: (z, options) => avatarLandmarks(geometryOf(z), options),
  subject(z) {
    const { headX, headY, scale } = geometryOf(z);
    return { x: headX, y: headY, width: 0.75 * scale, height: 0.75 * scale };
  },
  parts(z, { resolution }) {
    const { points } = avatarLandmarks(geometryOf(z), { resolution });
    const margin = 0.02 * resolution;
    return [...eyesWithBrows, landmarkGroups.mouth].map((indices) => boxAround(points, indices, margin));
  },
});

const eyesWithBrows = ['left', 'right'].map((side) =>
  [...landmarkGroups.eyes, ...landmarkGroups.brows].filter((i) => landmarkNames[i]!.includes(side)),
);

/** The avatars of the shipped models: latents of 64, and faces whose sides are alike. */
export const avatarDomain: RenderedDomain = domainOf({
  name: 'avatars',
  ...{ latentDimensions, geometryDimensions },
  geometryOf: geometryFromLatent,
  appearanceOf: appearanceFromLatent,
});

/** The same faces with a latent of 80, of which every part moves by itself, each side apart from the other. */
export const expressiveAvatarDomain: RenderedDomain = domainOf({
  name: 'expressive avatars',
  latentDimensions: expressiveLatentDimensions,
  geometryDimensions: expressiveGeometryDimensions,
  geometryOf: expressiveGeometryFromLatent,
  appearanceOf: expressiveAppearanceFromLatent,
});
