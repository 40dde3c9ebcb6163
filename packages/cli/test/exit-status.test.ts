import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { useBackend } from '../src/node/backends.js';
import { writeTinyModel } from './tiny-model-folder.js';

const program = fileURLToPath(new URL('../bin/autodrag.js', import.meta.url));

// what a command prints last must not become the program's exit status
it('the program itself, built, ends an edit with status 0 and nothing on stderr', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'autodrag-exit-'));
  try {
    await useBackend('cpu');
    await writeTinyModel(join(folder, 'model'));
    const args = ['edit', '--model', join(folder, 'model'), '--seed', '1', '--drag', '10,10:12,12'];
    const { stderr } = await promisify(execFile)(process.execPath, [program, ...args, '-q', '-o', join(folder, 'out')]);
    expect(stderr).toBe('');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
