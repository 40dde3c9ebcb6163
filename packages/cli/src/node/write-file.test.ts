import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFileStore } from './file-store.js';
import { prepareFolder, writeFileWhole } from './write-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('writes a file as a whole, over an older one too, and leaves nothing else', async () => {
  const path = join(folder, 'a', 'file');
  await prepareFolder(join(folder, 'a'));
  await writeFileWhole(path, 'one');
  await writeFileWhole(path, Uint8Array.of(50));
  expect(await readFile(path, 'utf8')).toBe('2');
  expect(await readdir(join(folder, 'a'))).toEqual(['file']);
});

it('leaves no half-written file where it fails', async () => {
  await mkdir(join(folder, 'b', 'taken'), { recursive: true });
  await expect(writeFileWhole(join(folder, 'b', 'taken'), 'x')).rejects.toThrow(/'.*taken' cannot be written/);
  await expect(writeFileWhole(join(folder, 'none', 'file'), 'x')).rejects.toMatchObject({ code: 'FILE' });
  expect(await readdir(join(folder, 'b'))).toEqual(['taken']);
});

it('keeps the files of a training', async () => {
  const store = createFileStore(folder);
  expect(await store.read('checkpoint')).toBeNull();
  await store.write('checkpoint', Uint8Array.of(1, 2));
  expect([...((await store.read('checkpoint')) ?? [])]).toEqual([1, 2]);
  await writeFile(join(folder, 'file'), '');
  await expect(createFileStore(join(folder, 'file')).read('x')).rejects.toThrow('cannot be read');
});
