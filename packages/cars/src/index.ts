export { carDomain } from './car-domain.js';
export { type CarLandmarks, carLandmarks, landmarkGroups, landmarkNames } from './renderer/car-landmarks.js';
export {
  type AppearanceName,
  appearanceDimensions,
  appearanceFromLatent,
  appearanceNames,
  type CarAppearance,
  type CarGeometry,
  type CarParameters,
  carFromLatent,
  type GeometryName,
  geometryDimensions,
  geometryFromLatent,
  geometryNames,
  geometryRange,
  latentDimensions,
} from './renderer/parameters.js';
export { renderCar } from './renderer/render-car.js';
