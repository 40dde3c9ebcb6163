import { createRandom } from '@autodrag/nn';
import { drawLatent } from '@autodrag/rendered-domain';
import {
  appearanceNames,
  type CarParameters,
  carFromLatent,
  type GeometryName,
  geometryNames,
  geometryRange,
  latentDimensions,
} from '../src/renderer/parameters.js';

/** `[72]`, normal, mean square 1: what a generator gets. */
export function drawLatents(count: number, seed: number): Float32Array[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => drawLatent(random, latentDimensions));
}

export const drawCars = (count: number, seed: number): CarParameters[] => drawLatents(count, seed).map(carFromLatent);

/** The car of the zero latent, with changes. */
export function plainCar(
  geometry: Partial<Record<GeometryName, number>> = {},
  appearance: Partial<CarParameters['appearance']> = {},
): CarParameters {
  const plain = carFromLatent(new Float32Array(latentDimensions));
  return { geometry: { ...plain.geometry, ...geometry }, appearance: { ...plain.appearance, ...appearance } };
}

/** Every corner that a latent can reach on one axis, and the two that it can reach on all. */
export function extremeCars(): CarParameters[] {
  const extremes: CarParameters[] = [];
  for (const name of geometryNames) {
    const { minimum, maximum } = geometryRange(name);
    extremes.push(plainCar({ [name]: minimum }), plainCar({ [name]: maximum }));
  }
  for (const name of appearanceNames) extremes.push(plainCar({}, { [name]: -1 }), plainCar({}, { [name]: 1 }));
  extremes.push(carFromLatent(new Float32Array(latentDimensions).fill(6)));
  extremes.push(carFromLatent(new Float32Array(latentDimensions).fill(-6)));
  return extremes;
}
