import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSource } from './read-source.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-'));
  path = join(folder, 'a file');
  await writeFile(path, Uint8Array.of(1, 2, 3));
});
afterAll(() => rm(folder, { recursive: true }));

it('reads paths, addresses of files, and what the facade reads', async () => {
  for (const source of [path, pathToFileURL(path), pathToFileURL(path).href, Uint8Array.of(1, 2, 3)]) {
    const seen: (number | null)[] = [];
    const bytes = await readSource(source, 'generator', { onProgress: (...now) => seen.push(...now) });
    expect([...bytes]).toEqual([1, 2, 3]);
    expect(seen).toEqual([3, 3]);
  }
});

it('names what it cannot read', async () => {
  await expect(readSource('file:///nowhere', 'generator')).rejects.toMatchObject({ code: 'FILE' });
  await expect(readSource('file://elsewhere/a', 'generator')).rejects.toThrow("'file://elsewhere/a' is the address of");
  await expect(readSource(join(folder, 'none'), 'generator')).rejects.toThrow(/cannot be read/);
  await expect(readSource('http://localhost:1/', 'predictor')).rejects.toThrow('cannot be fetched');
});

it('stops with its signal', async () => {
  await expect(readSource(path, 'generator', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
    'enough',
  );
});
