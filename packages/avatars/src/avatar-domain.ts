import { boxAround, type RenderedDomain } from '@autodrag/rendered-domain';
import { avatarLandmarks, landmarkGroups, landmarkNames } from './renderer/avatar-landmarks.js';
import {
  appearanceFromLatent,
  geometryDimensions,
  geometryFromLatent,
  latentDimensions,
} from './renderer/latent-layout.js';
import { renderAvatar } from './renderer/render-avatar.js';

const eyesWithBrows = ['left', 'right'].map((side) =>
  [...landmarkGroups.eyes, ...landmarkGroups.brows].filter((i) => landmarkNames[i]!.includes(side)),
);

/** Avatars as trainings and evaluations know them. Parts are the eyes with their brows, and the mouth. */
export const avatarDomain: RenderedDomain = {
  name: 'avatars',
  singular: 'avatar',
  ...{ latentDimensions, geometryDimensions, landmarkNames },
  standardPoints: { one: landmarkGroups.one, five: landmarkGroups.five },
  render: (geometry, appearance, options) =>
    renderAvatar({ geometry: geometryFromLatent(geometry), appearance: appearanceFromLatent(appearance) }, options),
  landmarks: (z, options) => avatarLandmarks(geometryFromLatent(z), options),
  subject(z) {
    const { headX, headY, scale } = geometryFromLatent(z);
    return { x: headX, y: headY, width: 0.75 * scale, height: 0.75 * scale };
  },
  parts(z, { resolution }) {
    const { points } = avatarLandmarks(geometryFromLatent(z), { resolution });
    const margin = 0.02 * resolution;
    return [...eyesWithBrows, landmarkGroups.mouth].map((indices) => boxAround(points, indices, margin));
  },
};
