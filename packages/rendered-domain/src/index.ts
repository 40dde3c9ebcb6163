export { type Box, boxAround } from './box.js';
export { checkDomain } from './check-domain.js';
export { drawLatent, unitMeanSquare } from './draw-latent.js';
export { clamp01, fade, smooth, stroke } from './drawing/coverage.js';
export { type Colour, oklab } from './drawing/oklab.js';
export {
  type LatentParameters,
  type LatentParametersOptions,
  latentParameters,
  type ParameterRange,
} from './latent-parameters.js';
export { checkResolution, type Frame, type PictureOptions, renderPicture } from './render-picture.js';
export type { Landmarks, PixelWindow, RenderedDomain, RenderOptions, Subject } from './rendered-domain.js';
