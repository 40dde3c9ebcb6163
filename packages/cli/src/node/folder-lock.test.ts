import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreLockedError } from '@autodrag/nn/training';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from './file-store.js';
import { lockFolder } from './folder-lock.js';
import { isAlive, ownIdentity } from './process-identity.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-lock-'));
  file = join(folder, 'training.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A process of another program, and the end of it. */
async function otherProcess(): Promise<{ pid: number; end(): Promise<void> }> {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  return {
    pid: child.pid!,
    async end() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** The lock of a process, with what `change` says otherwise. */
async function plant(change: Record<string, unknown>): Promise<void> {
  const holder = { ...(await ownIdentity()), token: 't', command: 'autodrag train x', since: 'noon', ...change };
  await writeFile(file, JSON.stringify(holder));
}

describe('lockFolder', () => {
  it('lets one in, says who it is, and the next one after its end', async () => {
    const lock = await lockFolder(folder);
    await lock.verify();
    await expect(lockFolder(folder)).rejects.toThrow(StoreLockedError);
    await expect(lockFolder(folder)).rejects.toThrow(
      new RegExp(`'${folder}' is in use by process ${process.pid} on .+ \\('.+', since \\d{4}-.+\\)\\. Wait for`),
    );
    expect(await readdir(folder)).toEqual(['training.lock']);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lockFolder(folder)).release();
  });

  it('is kept by another process that runs, and by no dead one', async () => {
    const other = await otherProcess();
    const started = (await readFile(`/proc/${other.pid}/stat`, 'utf8').catch(() => '')).split(' ')[21] ?? null;
    await plant({ pid: other.pid, started });
    await expect(lockFolder(folder)).rejects.toThrow(
      `is in use by process ${other.pid} on ${(await ownIdentity()).host} ('autodrag train x', since noon)`,
    );
    await other.end();
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes over from a zombie, which is dead and still has its number', async () => {
    if (process.platform !== 'linux') return;
    // sh does not wait for its child before it replaces itself.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = Number(String((await once(parent.stdout, 'data'))[0]));
    const state = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]![0];
    while ((await state()) !== 'Z') await new Promise((resolve) => setTimeout(resolve, 20));
    await plant({ pid, started: null });
    await (await lockFolder(folder)).release();
    parent.kill('SIGKILL');
  });

  it.each([
    ['of another start of the system', { boot: 'before' }],
    ['of another host', { host: 'elsewhere' }],
    ['of a process whose number another one has now', { pid: process.ppid, started: '1' }],
    ['of an earlier process with our own number', { started: '1' }],
    ['of this process, which forgot it', {}],
  ])('takes over the lock %s', async (_, change) => {
    await plant(change);
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['', '{', '{}', '[]', 'null', '{"pid":"1"}', '{"pid":-1,"host":"x"}'])(
    'takes over what is no lock: %s',
    async (text) => {
      await writeFile(file, text);
      await (await lockFolder(folder)).release();
    },
  );

  it('lets exactly one of many take over', async () => {
    for (let round = 0; round < 10; round++) {
      await plant({ boot: 'before' });
      const all = await Promise.allSettled(Array.from({ length: 12 }, () => lockFolder(folder)));
      const winners = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect(winners).toHaveLength(1);
      await winners[0]!.verify();
      await winners[0]!.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('notices that it was taken over or removed, and leaves the lock of others alone', async () => {
    const lock = await lockFolder(folder);
    await plant({ host: 'elsewhere' });
    await expect(lock.verify()).rejects.toThrow('in use by process');
    await lock.release();
    expect(await readdir(folder)).toEqual(['training.lock']);
    await rm(file);
    await expect(lock.verify()).rejects.toThrow('has been removed');
  });

  it('says where a folder cannot be locked', async () => {
    await expect(lockFolder(join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE' });
    await expect(lockFolder(join(folder, 'none'))).rejects.toThrow('cannot be written: it does not exist');
  });

  it('knows its own process', async () => {
    expect(await isAlive(await ownIdentity())).toBe(true);
  });
});

describe('createFileStore', () => {
  it('shares its lock, and clears away what killed processes left, nothing else', async () => {
    const other = await otherProcess();
    const dead = await otherProcess();
    await dead.end();
    const hex = '0123456789ab';
    const kept = [
      `.checkpoint.safetensors.${other.pid}-${hex}.tmp`,
      `.checkpoint.safetensors.${dead.pid}-short.tmp`,
      `.notes.tmp`,
      `checkpoint.safetensors.${dead.pid}-${hex}.tmp`,
      'metrics.json',
    ];
    const gone = [`.metrics.json.${dead.pid}-${hex}.tmp`, `.checkpoint-2.safetensors.${process.pid}-${hex}.tmp`];
    for (const name of [...kept, ...gone]) await writeFile(join(folder, name), 'x');
    const store = createFileStore(folder);
    const [first, second] = [await store.lock(), await store.lock()];
    await expect(createFileStore(folder).lock()).rejects.toThrow(StoreLockedError);
    await first.release();
    await second.verify();
    await second.release();
    expect((await readdir(folder)).sort()).toEqual(kept.sort());
    await (await store.lock()).release();
    await other.end();
  });
});
