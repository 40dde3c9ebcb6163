export { avatarDomain } from './avatar-domain.js';
export { defaultWeights } from './default-weights.js';
export { embeddedWeights } from './embedded-weights.js';
export {
  type AvatarLandmarks,
  avatarLandmarks,
  landmarkGroups,
  landmarkNames,
} from './renderer/avatar-landmarks.js';
export {
  appearanceFromLatent,
  avatarFromLatent,
  geometryDimensions,
  geometryFromLatent,
  latentDimensions,
} from './renderer/latent-layout.js';
export {
  type AppearanceName,
  type AvatarAppearance,
  type AvatarGeometry,
  type AvatarParameters,
  appearanceDimensions,
  appearanceNames,
  type GeometryName,
  geometryNames,
  geometryRange,
} from './renderer/parameters.js';
export { type RenderAvatarOptions, renderAvatar } from './renderer/render-avatar.js';
export {
  type SurfaceMap,
  type SurfacePart,
  surfaceMap,
  surfaceParts,
  surfacePosition,
} from './renderer/surface.js';
