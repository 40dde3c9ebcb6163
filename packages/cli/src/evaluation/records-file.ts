import { createHash } from 'node:crypto';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DragRecord, Shard } from '@autodrag/evaluation';
import { FileError } from '../node/errors.js';
import { writeFileWhole } from '../node/write-file.js';

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

/** All that some folders hold. */
export type MadeRecords = { readonly settings: EvaluationSettings; readonly records: readonly DragRecord[] };

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** The file of a run, or of one shard of it. */
export function recordsName(shard: Shard | undefined): string {
  return shard ? `records-${shard.index}-of-${shard.of}.jsonl` : 'records.jsonl';
}

/**
 * Writes the settings of a folder, or checks that they are those that its records were made with.
 *
 * @throws FileError naming what differs
 */
export async function keepSettings(folder: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(folder, 'settings.json');
  const there = await readFile(path, 'utf8').catch(() => null);
  if (there === null) return writeFileWhole(path, `${JSON.stringify(settings, null, 1)}\n`);
  const before = JSON.parse(there) as Record<string, unknown>;
  for (const [name, value] of Object.entries(settings)) {
    if (JSON.stringify(before[name]) !== JSON.stringify(value)) {
      throw new FileError(
        `evaluate: '${folder}' holds records of another ${name}: ${JSON.stringify(before[name])}, now ${JSON.stringify(value)}. Give another folder with -o.`,
      );
    }
  }
}

/** Adds a line, at once: a run that is killed loses one record at most. */
export async function appendRecord(path: string, record: DragRecord): Promise<void> {
  await appendFile(path, `${JSON.stringify(record)}\n`);
}

/** The records of a file; a last line that is cut off is left out. */
export async function readRecords(path: string): Promise<DragRecord[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return line ? [JSON.parse(line) as DragRecord] : [];
    } catch {
      return [];
    }
  });
}

/**
 * All records of some folders, and the settings that they share.
 *
 * @throws FileError if a folder holds none, or settings differ
 */
export async function readFolders(folders: readonly string[]): Promise<MadeRecords> {
  const all: DragRecord[] = [];
  let settings: EvaluationSettings | null = null;
  for (const folder of folders) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => /^records.*\.jsonl$/.test(name)).sort();
    const text = await readFile(join(folder, 'settings.json'), 'utf8').catch(() => null);
    if (names.length === 0 || text === null) {
      throw new FileError(
        `evaluate: '${folder}' holds no records. Give folders that 'autodrag evaluate --methods … -o DIR' wrote.`,
      );
    }
    const own = JSON.parse(text) as EvaluationSettings;
    if (settings && JSON.stringify(own) !== JSON.stringify(settings)) {
      throw new FileError(
        `evaluate: '${folder}' was made with other settings than '${folders[0]}'. Compare their settings.json.`,
      );
    }
    settings = own;
    for (const name of names) all.push(...(await readRecords(join(folder, name))));
  }
  const unique = new Map(all.map((record) => [`${record.points}/${record.task}/${record.method}`, record]));
  return { settings: settings as EvaluationSettings, records: [...unique.values()] };
}
