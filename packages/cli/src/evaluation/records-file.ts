import { createHash } from 'node:crypto';
import { appendFile, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DragRecord, recordKey, type Shard } from '@autodrag/evaluation';
import { FileError } from '../node/errors.js';
import { reason, writingWayOut } from '../node/file-reason.js';
import { readRecord } from './read-record.js';
import { type EvaluationSettings, readSettings } from './settings-file.js';

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
 * The records of a file that more will be added to; a last line that is cut off is ended, so that the next record does
 * not become a part of it.
 *
 * @throws FileError
 */
export async function continueRecords(path: string): Promise<DragRecord[]> {
  const records = await readRecords(path);
  if (await isCutOff(path)) await append(path, '\n');
  return records;
}

/** Adds a line, at once: a run that is killed loses one record at most. @throws FileError */
export function appendRecord(path: string, record: DragRecord): Promise<void> {
  return append(path, `${JSON.stringify(record)}\n`);
}

/**
 * The records of a file, each once; lines that are none are left out. None where there is no file.
 *
 * @throws FileError if it cannot be read
 */
export async function readRecords(path: string): Promise<DragRecord[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return [];
    throw new FileError(`evaluate: '${path}' cannot be read: ${reason(error)}.`, { cause: error });
  }
  return eachOnce(text.split('\n').flatMap((line) => readRecord(line) ?? []));
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
    const own = await readSettings(folder);
    if (names.length === 0 || own === null) {
      throw new FileError(
        `evaluate: '${folder}' holds no records. Give folders that 'autodrag evaluate --methods … -o DIR' wrote.`,
      );
    }
    if (settings && JSON.stringify(own) !== JSON.stringify(settings)) {
      throw new FileError(
        `evaluate: '${folder}' was made with other settings than '${folders[0]}'. Compare their settings.json.`,
      );
    }
    settings = own;
    for (const name of names) all.push(...(await readRecords(join(folder, name))));
  }
  return { settings: settings as EvaluationSettings, records: eachOnce(all) };
}

function eachOnce(records: readonly DragRecord[]): DragRecord[] {
  return [...new Map(records.map((record) => [recordKey(record), record])).values()];
}

async function append(path: string, text: string): Promise<void> {
  try {
    await appendFile(path, text);
  } catch (error) {
    throw new FileError(`evaluate: '${path}' cannot be written: ${reason(error)}. ${writingWayOut(error)}`, {
      cause: error,
    });
  }
}

/** Whether a file's last line has no end. */
async function isCutOff(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return false;
  try {
    const { size } = await file.stat();
    if (size === 0) return false;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== 0x0a;
  } finally {
    await file.close();
  }
}
