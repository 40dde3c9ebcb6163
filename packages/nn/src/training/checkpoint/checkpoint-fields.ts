import type { LoadedTensor } from '../../weights/load-safetensors.js';
import type { Partials } from '../learning-curve.js';
import type { MetricsRow } from '../training-types.js';
import { DamagedCheckpoint } from './damaged-checkpoint.js';

/** Numbers that JSON does not know. */
const special = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

/** JSON in which every number comes back as it was: NaN, the infinities and −0 as texts. */
export function writeNumbers(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'number') return each;
    if (Object.is(each, -0)) return '-0';
    return Number.isFinite(each) ? each : String(each);
  });
}

/** A step count, from 0 to `steps`. */
export function readStep(text: string, steps: number): number {
  const step = /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : Number.NaN;
  if (!(step <= steps)) {
    throw new DamagedCheckpoint(`step: expected a whole number from 0 to ${steps}, got '${text.slice(0, 30)}'`);
  }
  return step;
}

/** Rows with ascending steps, none beyond `step`, from the bytes of their JSON. */
export function readHistory(bytes: LoadedTensor | undefined, step: number): MetricsRow[] {
  if (bytes?.dtype !== 'uint8') throw new DamagedCheckpoint('history: expected bytes');
  const rows = parse('history', new TextDecoder().decode(Uint8Array.from(bytes.data)));
  if (!Array.isArray(rows)) throw new DamagedCheckpoint('history: expected a list');
  let last = 0;
  return rows.map((row: unknown): MetricsRow => {
    if (!isRecord(row)) throw new DamagedCheckpoint('history: expected rows of numbers');
    const at = row.step;
    if (!(Number.isInteger(at) && (at as number) > last && (at as number) <= step)) {
      throw new DamagedCheckpoint(`history: expected steps from ${last + 1} to ${step}, got ${JSON.stringify(at)}`);
    }
    last = at as number;
    const numbers = Object.entries(row).map(([name, value]) => [name, readNumber(`history: ${name}`, value)]);
    return Object.fromEntries(numbers) as MetricsRow;
  });
}

/** A total and a count for each name. */
export function readPartial(text: string): Partials {
  return Object.fromEntries(
    Object.entries(readRecord('partial', text)).map(([name, sum]) => {
      if (!Array.isArray(sum) || sum.length !== 2 || !Number.isInteger(sum[1]) || (sum[1] as number) < 1) {
        throw new DamagedCheckpoint(`partial: ${name.slice(0, 100)}: expected a total and a count`);
      }
      return [name, [readNumber(`partial: ${name}`, sum[0]), sum[1] as number] as const];
    }),
  );
}

export function readRecord(field: string, text: string): Record<string, unknown> {
  const value = parse(field, text);
  if (!isRecord(value)) throw new DamagedCheckpoint(`${field}: expected an object`);
  return value;
}

function readNumber(where: string, value: unknown): number {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' ? special.get(value) : undefined;
  if (number === undefined) throw new DamagedCheckpoint(`${where.slice(0, 100)}: expected a number`);
  return number;
}

function parse(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DamagedCheckpoint(`${field}: it is no JSON`, { cause: error });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
