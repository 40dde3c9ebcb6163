import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../node/errors.js';
import { reason } from '../node/file-reason.js';
import { writeFileWhole } from '../node/write-file.js';
import { isObject } from './read-record.js';

/** What records depend on. Only records of equal settings belong into one table. */
export type EvaluationSettings = {
  /** SHA-256 of generator, regularizer and predictor, shortened. */
  readonly weights: Readonly<Record<string, string>>;
  readonly size: number;
  readonly judge: string;
  readonly seed: number;
  readonly drags: number;
  readonly points: readonly string[];
  readonly methods: readonly string[];
  /** Of an optimisation, at most. */
  readonly steps: number;
  readonly backend: string;
  /** Of LPIPS and the Fréchet distance; null without. */
  readonly perceptual: string | null;
};

const settingsName = 'settings.json';

/**
 * Writes the settings of a folder, or checks that they are those that its records were made with.
 *
 * @throws FileError naming what differs, or that the file cannot be read or written
 */
export async function keepSettings(folder: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const before = await parseSettings(folder);
  if (before === null) return writeFileWhole(join(folder, settingsName), `${JSON.stringify(settings, null, 1)}\n`);
  for (const [name, value] of Object.entries(settings)) {
    if (JSON.stringify(before[name]) !== JSON.stringify(value)) {
      throw new FileError(
        `evaluate: '${folder}' holds records of another ${name}: ${JSON.stringify(before[name])}, now ${JSON.stringify(value)}. Give another folder with -o.`,
      );
    }
  }
}

/** The settings of a comparison; null where there are none. @throws FileError for a file that is damaged */
export async function readSettings(folder: string): Promise<EvaluationSettings | null> {
  const given = await parseSettings(folder);
  if (given === null) return null;
  const { weights, size, judge, seed, drags, points, methods, steps, backend, perceptual } = given;
  const strings = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');
  const whole =
    isObject(weights) &&
    strings(Object.values(weights)) &&
    strings(points) &&
    strings(methods) &&
    [size, seed, drags, steps].every((value) => typeof value === 'number' && value >= 0) &&
    [judge, backend].every((value) => typeof value === 'string') &&
    (perceptual === null || typeof perceptual === 'string');
  if (!whole) throw damaged(folder, 'it has not all that a comparison of methods depends on');
  return given as EvaluationSettings;
}

async function parseSettings(folder: string): Promise<Record<string, unknown> | null> {
  let given: unknown;
  try {
    given = JSON.parse(await readFile(join(folder, settingsName), 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as { code?: string }).code ?? '')) return null;
    throw damaged(folder, error instanceof SyntaxError ? 'it is no JSON' : reason(error));
  }
  if (!isObject(given)) throw damaged(folder, 'it is no object');
  return given;
}

function damaged(folder: string, why: string): FileError {
  return new FileError(
    `evaluate: '${join(folder, settingsName)}' cannot be read: ${why}. Give another folder with -o; records beside it are good only with the settings that they were made with.`,
  );
}
