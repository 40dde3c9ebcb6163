import { createRandom } from '@autodrag/nn';
import { avatarFromLatent, latentDimensions } from '../src/renderer/latent-layout.js';
import {
  type AvatarParameters,
  appearanceNames,
  type GeometryName,
  geometryNames,
  geometryRange,
} from '../src/renderer/parameters.js';

/** `[latentDimensions]`, normal, mean square 1: what the generator gets. */
export function drawLatents(count: number, seed: number): Float32Array[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const z = Float32Array.from({ length: latentDimensions }, () => random.normal());
    const scale = 1 / Math.sqrt(z.reduce((sum, value) => sum + value * value, 0) / z.length);
    return z.map((value) => value * scale);
  });
}

export const drawAvatars = (count: number, seed: number): AvatarParameters[] =>
  drawLatents(count, seed).map(avatarFromLatent);

/** Two values for the two sides. */
export const bothSides = (
  name: 'eyeOpenness' | 'browHeight' | 'smile' | 'earSize' | 'hairVolume' | 'hairLength',
  value: number,
) => ({ [`${name}Left`]: value, [`${name}Right`]: value });

/** The avatar of the zero latent, with changes. */
export function plainAvatar(
  geometry: Partial<Record<GeometryName, number>> = {},
  appearance: Partial<AvatarParameters['appearance']> = {},
): AvatarParameters {
  const plain = avatarFromLatent(new Float32Array(latentDimensions));
  return { geometry: { ...plain.geometry, ...geometry }, appearance: { ...plain.appearance, ...appearance } };
}

/** Every corner that a latent can reach on one axis, and the two that it can reach on all. */
export function extremeAvatars(): AvatarParameters[] {
  const extremes: AvatarParameters[] = [];
  for (const name of geometryNames) {
    const { minimum, maximum } = geometryRange(name);
    extremes.push(plainAvatar({ [name]: minimum }), plainAvatar({ [name]: maximum }));
  }
  for (const name of appearanceNames) extremes.push(plainAvatar({}, { [name]: -1 }), plainAvatar({}, { [name]: 1 }));
  for (const all of [6, -6]) extremes.push(avatarFromLatent(new Float32Array(latentDimensions).fill(all)));
  return extremes;
}
