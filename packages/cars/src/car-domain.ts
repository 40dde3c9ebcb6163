import { boxAround, type RenderedDomain } from '@autodrag/rendered-domain';
import { carLandmarks, landmarkGroups, landmarkNames } from './renderer/car-landmarks.js';
import {
  appearanceFromLatent,
  geometryDimensions,
  geometryFromLatent,
  latentDimensions,
} from './renderer/parameters.js';
import { renderCar } from './renderer/render-car.js';

const partGroups = ['rearWheel', 'frontWheel', 'glass', 'headlight', 'taillight'] as const;

/** The cars as trainings and evaluations know them. Parts are the wheels, the windows and the lights. */
export const carDomain: RenderedDomain = {
  name: 'cars',
  singular: 'car',
  latentDimensions,
  geometryDimensions,
  landmarkNames,
  standardPoints: { one: landmarkGroups.one, five: landmarkGroups.five },
  render: (geometry, appearance, options) =>
    renderCar({ geometry: geometryFromLatent(geometry), appearance: appearanceFromLatent(appearance) }, options),
  landmarks: (z, options) => carLandmarks(geometryFromLatent(z), options),
  subject(z) {
    const { carX, roadY, scale } = geometryFromLatent(z);
    return { x: carX, y: roadY - 0.75 * scale, width: 1.7 * scale, height: 0.8 * scale };
  },
  parts(z, { resolution }) {
    const { points } = carLandmarks(geometryFromLatent(z), { resolution });
    return partGroups.map((group) => boxAround(points, landmarkGroups[group], 0.02 * resolution));
  },
};
