import { InvalidArgumentError } from '@autodrag/nn';
import type { RenderedDomain } from './rendered-domain.js';

const functions = ['render', 'landmarks', 'subject', 'parts'] as const;

/**
 * Refuses what is no rendered domain before a training of hours begins with it: a field that is missing or of another
 * type, counts that do not fit, and landmarks that are not as many as their names.
 *
 * @param where the function that was called
 * @throws InvalidArgumentError naming the field
 */
export function checkDomain(where: string, domain: RenderedDomain): void {
  const refuse = (field: string, expected: string, got: unknown): never => {
    throw new InvalidArgumentError(
      `${where}: domain.${field}: expected ${expected}, got ${describe(got)}. Pass a RenderedDomain, such as avatarDomain of @autodrag/avatars.`,
    );
  };
  const given = (domain ?? {}) as Partial<RenderedDomain>;
  for (const field of ['name', 'singular'] as const) {
    if (typeof given[field] !== 'string' || given[field] === '') refuse(field, 'a text', given[field]);
  }
  for (const field of functions) {
    if (typeof given[field] !== 'function') refuse(field, 'a function', given[field]);
  }
  const { latentDimensions, geometryDimensions, landmarkNames, standardPoints } = given;
  if (!isCount(latentDimensions)) refuse('latentDimensions', 'a whole number of at least 1', latentDimensions);
  if (!isCount(geometryDimensions) || geometryDimensions > latentDimensions!) {
    refuse('geometryDimensions', `a whole number from 1 to ${latentDimensions}`, geometryDimensions);
  }
  if (
    !Array.isArray(landmarkNames) ||
    landmarkNames.length === 0 ||
    new Set(landmarkNames).size < landmarkNames.length
  ) {
    refuse('landmarkNames', 'a list of different names', landmarkNames);
  }
  const L = landmarkNames!.length;
  for (const [group, count] of [
    ['one', 1],
    ['five', 5],
  ] as const) {
    const indices = standardPoints?.[group];
    if (!Array.isArray(indices) || indices.length !== count || !indices.every((i) => isIndex(i, L))) {
      refuse(`standardPoints.${group}`, `${count} of the indices 0 to ${L - 1}`, indices);
    }
  }
  const { points, visible } = domain.landmarks(new Float32Array(latentDimensions!), { resolution: 128 });
  if (points?.length !== 2 * L) refuse('landmarks', `${2 * L} coordinates (two for each name)`, points?.length);
  if (visible?.length !== L) refuse('landmarks', `visibility of ${L} landmarks`, visible?.length);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
const isIndex = (value: unknown, length: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < length;

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
