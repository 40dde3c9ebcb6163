import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFileStore } from './file-store.js';
import { readWholeFile } from './read-file.js';
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

it('makes folders within folders, and none where there is a file or the system allows none', async () => {
  expect(await prepareFolder(join(folder, 'c', 'd', 'e'))).toBe(join(folder, 'c', 'd', 'e'));
  await prepareFolder(join(folder, 'c', 'd', 'e'));
  await writeFile(join(folder, 'plain'), '');
  for (const path of [join(folder, 'plain'), join(folder, 'plain', 'x', 'y')]) {
    await expect(prepareFolder(path)).rejects.toThrow('a file is in the way');
  }
  // Node's own recursive mkdir never returns from these.
  if (process.platform !== 'linux') return;
  for (const path of ['/proc/x/y', '/proc/self/x/y/z', '/proc/x']) {
    await expect(prepareFolder(path)).rejects.toMatchObject({ code: 'FILE' });
  }
});

it('replaces no device or pipe, and waits for none; a link leads to the file that is replaced', async () => {
  if (process.platform === 'win32') return;
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(writeFileWhole(pipe, 'x')).rejects.toThrow('it is a device or a pipe');
  await expect(writeFileWhole('/dev/null', 'x')).rejects.toThrow('it is a device or a pipe');
  await expect(readWholeFile('/dev/zero')).rejects.toThrow('it is a device');
  await expect(writeFileWhole(folder, 'x')).rejects.toThrow('a folder is in the way');
  await writeFile(join(folder, 'real'), 'one');
  await symlink(join(folder, 'real'), join(folder, 'link'));
  await writeFileWhole(join(folder, 'link'), 'two');
  expect(await readFile(join(folder, 'real'), 'utf8')).toBe('two');
  expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
});
