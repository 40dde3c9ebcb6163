import type { DragRecord } from '@autodrag/evaluation';

const counts: readonly unknown[] = [1, 5, 'all', 'anchors', 'mask'];
const numbers = ['before', 'after', 'collateral', 'mse', 'steps', 'forward', 'backward', 'milliseconds'] as const;
const optionalNumbers = ['leastCollateral', 'slip', 'maskChange', 'lpips', 'identityDrift'] as const;

/**
 * A line of a records file; null for one that is none: cut off by a kill, or written by something else. What was not a
 * number when it was written, the distance of a landmark that a judge did not find, is null in JSON and NaN again here.
 */
export function readRecord(line: string): DragRecord | null {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isObject(given)) return null;
  const { points, task, method, edited, features, curve } = given;
  const named =
    counts.includes(points) && Number.isInteger(task) && (task as number) >= 0 && typeof method === 'string';
  if (!named || !(edited === undefined || typeof edited === 'string')) return null;
  if (!(features === undefined || (Array.isArray(features) && features.every(Number.isFinite)))) return null;
  const record: Record<string, unknown> = { points, task, method };
  for (const name of numbers) record[name] = numberOf(given[name]);
  for (const name of optionalNumbers) if (given[name] !== undefined) record[name] = numberOf(given[name]);
  if (Object.values(record).includes(undefined) || !Number.isFinite(record.before)) return null;
  const moments = Array.isArray(curve) ? curve.map(momentOf) : [];
  if (moments.length === 0 || moments.includes(undefined)) return null;
  return {
    ...record,
    ...(features === undefined ? {} : { features }),
    ...(edited === undefined ? {} : { edited }),
    curve: moments,
  } as unknown as DragRecord;
}

function momentOf(given: unknown): [number, number] | undefined {
  if (!Array.isArray(given) || given.length !== 2) return undefined;
  const [milliseconds, distance] = [numberOf(given[0]), numberOf(given[1])];
  return milliseconds === undefined || distance === undefined ? undefined : [milliseconds, distance];
}

function numberOf(given: unknown): number | undefined {
  if (given === null) return Number.NaN;
  return typeof given === 'number' ? given : undefined;
}

export function isObject(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
