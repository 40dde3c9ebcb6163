import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DragRecord, summarizeQuality } from '@autodrag/evaluation';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileError } from '../node/errors.js';
import { appendRecord, continueRecords, readFolders, readRecords } from './records-file.js';
import { type EvaluationSettings, keepSettings, readSettings } from './settings-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-records-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const record = (task: number, more: Partial<DragRecord> = {}): DragRecord => ({
  ...{ points: 1, task, method: 'none', before: 10, after: 5, collateral: 1, mse: 0.1 },
  ...{ steps: 1, forward: 1, backward: 0, milliseconds: 3, curve: [[3, 5]], ...more },
});
const settings: EvaluationSettings = {
  ...{ weights: { generator: 'a' }, size: 128, judge: 'x', seed: 1, drags: 3, points: ['1'], methods: ['none'] },
  ...{ steps: 300, backend: 'wasm', perceptual: null },
};

test('a record that was cut off by a kill takes no other one with it', async () => {
  const path = join(folder, 'records.jsonl');
  await appendRecord(path, record(0));
  await writeFile(path, `${await readFile(path, 'utf8')}{"points":1,"task":1,"meth`);
  expect(await continueRecords(path)).toEqual([record(0)]);
  await appendRecord(path, record(1));
  expect(await continueRecords(path)).toEqual([record(0), record(1)]);
  expect(await continueRecords(join(folder, 'none.jsonl'))).toEqual([]);
});

test('lines that are no records are left out, and each record counts once', async () => {
  const path = join(folder, 'records.jsonl');
  const strange = [
    ...['5', 'null', '[]', '{}', '"', '{"points":1,"task":0,"method":"none"}', '\u0000'],
    ...[{ points: 2 }, { task: -1 }, { task: 1.5 }, { method: 7 }, { before: null }, { after: '5' }, { mse: [] }].map(
      (wrong) => JSON.stringify({ ...record(4), ...wrong }),
    ),
    ...[{ curve: [] }, { curve: 'x' }, { curve: [[1]] }, { features: [1, 'a'] }, { edited: 3 }].map((wrong) =>
      JSON.stringify({ ...record(4), ...wrong }),
    ),
    JSON.stringify({ ...record(4), curve: {} }),
  ];
  await writeFile(path, `${strange.join('\n')}\n${JSON.stringify(record(0))}\n${JSON.stringify(record(0))}\n`);
  expect(await readRecords(path)).toEqual([record(0)]);
});

test('a landmark that the judge did not find is not a number again, and no motion of 0', async () => {
  const path = join(folder, 'records.jsonl');
  const lost = record(1, { after: Number.NaN, collateral: Number.NaN, curve: [[3, Number.NaN]] });
  for (const one of [record(0), lost]) await appendRecord(path, one);
  const read = await readRecords(path);
  expect(read).toEqual([record(0), lost]);
  const [row] = summarizeQuality(read, ['none'], 128);
  expect(row).toMatchObject({ drags: 2, collateral: 4, meanDistance: { value: 20 } });
});

test('settings that are damaged are called that, and are never written over', async () => {
  expect(await readSettings(folder)).toBeNull();
  await keepSettings(folder, settings);
  expect(await readSettings(folder)).toEqual(settings);
  await expect(keepSettings(folder, { ...settings, seed: 2 })).rejects.toThrow('records of another seed: 1, now 2');
  for (const text of ['', '{"seed":1', '7', 'null', '[]']) {
    await writeFile(join(folder, 'settings.json'), text);
    await expect(keepSettings(folder, settings)).rejects.toThrow('cannot be read');
    await expect(readSettings(folder)).rejects.toThrow(FileError);
    expect(await readFile(join(folder, 'settings.json'), 'utf8')).toBe(text);
  }
  for (const wrong of [{ methods: 'none' }, { points: [1] }, { weights: 3 }, { size: '128' }, { seed: -1 }]) {
    await writeFile(join(folder, 'settings.json'), JSON.stringify({ ...settings, ...wrong }));
    await expect(readSettings(folder)).rejects.toThrow('it has not all that a comparison');
  }
});

test('folders with other settings are not merged, shards of one are', async () => {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  for (const one of [a, b]) await mkdir(one);
  await keepSettings(a, settings);
  await appendRecord(join(a, 'records-1-of-2.jsonl'), record(0));
  await appendRecord(join(a, 'records-2-of-2.jsonl'), record(1));
  await expect(readFolders([a, b])).rejects.toThrow('holds no records');
  await keepSettings(b, { ...settings, seed: 2 });
  await appendRecord(join(b, 'records.jsonl'), record(2));
  await expect(readFolders([a, b])).rejects.toThrow('other settings');
  await writeFile(join(b, 'settings.json'), JSON.stringify(settings));
  expect((await readFolders([a, b])).records.map(({ task }) => task)).toEqual([0, 1, 2]);
});

test('a file that cannot be read or written is an error with its name', async () => {
  await mkdir(join(folder, 'records.jsonl'));
  await expect(readRecords(join(folder, 'records.jsonl'))).rejects.toThrow("records.jsonl' cannot be read");
  await expect(appendRecord(join(folder, 'records.jsonl'), record(0))).rejects.toThrow(FileError);
  await expect(appendRecord('/dev/full', record(0))).rejects.toThrow('the disk is full. Make room');
});
