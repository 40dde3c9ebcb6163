import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../src/node/backends.js';
import { writeTinyModel } from './tiny-model-folder.js';

const bin = fileURLToPath(new URL('../bin/autodrag.js', import.meta.url));
const checkpoints = ['checkpoint.safetensors', 'checkpoint-2.safetensors'];

let folder: string;
let generator: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-processes-'));
  await useBackend('wasm');
  await writeTinyModel(join(folder, 'model'));
  generator = join(folder, 'model', 'generator.safetensors');
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

type Started = {
  child: ChildProcess;
  ended: Promise<{ status: number | null; signal: string | null; out: string; err: string }>;
};

/** The program in a process of its own. */
function start(...args: string[]): Started {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout!.on('data', (text) => (out += text));
  child.stderr!.on('data', (text) => (err += text));
  return { child, ended: once(child, 'close').then(([status, signal]) => ({ status, signal, out, err })) };
}

const small = ['width=8', 'heads=1', 'feedForward=8', 'encoderLayers=1', 'decoderLayers=1'].flatMap((size) => [
  '--set',
  size,
]);

/** A training of some seconds that writes a checkpoint after every step. */
const train = (out: string, steps: number, ...more: string[]) =>
  start(
    ...['train', 'regularizer', '-o', join(folder, out), '--generator', generator, '--steps', String(steps)],
    ...['--batch', '8', '--set', 'reportEvery=3', '--set', 'checkpointEverySeconds=0', ...small, ...more],
  );

/** Waits until a training has written `count` more checkpoints. */
async function newCheckpoints(out: string, count: number): Promise<void> {
  const time = async () => {
    const found = checkpoints.map((name) => stat(join(folder, out, name)).catch(() => null));
    return Math.max(0, ...(await Promise.all(found)).map((each) => each?.mtimeMs ?? 0));
  };
  for (let seen = 0, last = await time(); seen < count; ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const now = await time();
    if (now !== last) [seen, last] = [seen + 1, now];
  }
}

const rowsOf = async (out: string) => JSON.parse(await readFile(join(folder, out, 'metrics.json'), 'utf8'));
const weightsOf = (out: string) => readFile(join(folder, out, 'regularizer.safetensors'));
const filesOf = async (out: string) => (await readdir(join(folder, out))).sort();

describe('trainings as processes', () => {
  it('have the same rows and weights after kills, stops and damage as without', async () => {
    expect(await train('whole', 20).ended).toMatchObject({ status: 0, signal: null });
    const all = ['curves.png', 'curves.svg', 'metrics.json', 'regularizer.safetensors', ...checkpoints].sort();
    expect(await filesOf('whole')).toEqual(all);

    for (const count of [1, 3, 4]) {
      const killed = train('killed', 20);
      await newCheckpoints('killed', count);
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
    }
    const stopped = train('killed', 20);
    await newCheckpoints('killed', 2);
    stopped.child.kill('SIGTERM');
    const ending = await stopped.ended;
    expect(ending).toMatchObject({ status: 143, signal: null });
    expect(ending.out).toMatch(/^regularizer: stopped at step \d+ of 20 after .+; the same command goes on\n$/);
    expect(await train('killed', 20, '--minutes', '0').ended).toMatchObject({ status: 3 });

    // The newest checkpoint loses a bit: the one before it is used, and that is said.
    const times = await Promise.all(checkpoints.map((name) => stat(join(folder, 'killed', name))));
    const newest = times[0]!.mtimeMs > times[1]!.mtimeMs ? 0 : 1;
    const file = await open(join(folder, 'killed', checkpoints[newest]!), 'r+');
    await file.write(Uint8Array.of(1), 0, 1, (await file.stat()).size - 1);
    await file.close();
    const last = await train('killed', 20).ended;
    expect(last).toMatchObject({ status: 0 });
    expect(last.err).toContain(
      `autodrag: ${checkpoints[newest]} is damaged (its checksum is wrong) and was left out: going on from ${checkpoints[1 - newest]}, step`,
    );
    expect(await filesOf('killed')).toEqual(all);
    expect(await rowsOf('killed')).toEqual(await rowsOf('whole'));
    expect(await rowsOf('whole')).toHaveLength(7);
    expect(await weightsOf('killed')).toEqual(await weightsOf('whole'));

    const again = await train('killed', 20).ended;
    expect(again).toMatchObject({ status: 0 });
    expect(await rowsOf('killed')).toEqual(await rowsOf('whole'));

    const other = await train('killed', 20, '--set', 'sigma=0.4').ended;
    expect(other).toMatchObject({ status: 1 });
    expect(other.err).toContain('with other settings: sigma: 0.3 in the checkpoint, 0.4 now.');
  }, 240_000);

  it('keep others out of their folder while they run', async () => {
    const first = train('shared', 1000);
    await newCheckpoints('shared', 1);
    const second = await train('shared', 1000).ended;
    expect(second).toMatchObject({ status: 1, out: '' });
    expect(second.err).toContain(`is in use by process ${first.child.pid} on`);
    expect(second.err).toContain('train regularizer -o');
    first.child.kill('SIGINT');
    expect(await first.ended).toMatchObject({ status: 130 });
    expect(await filesOf('shared')).not.toContain('training.lock');
  }, 120_000);

  it('end at once at a second signal, whatever they wait for', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]); // nobody ever writes into it
    const waiting = start('train', 'regularizer', '-o', join(folder, 'waiting'), '--generator', pipe);
    while (!(await stat(join(folder, 'waiting', 'training.lock')).catch(() => null))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    waiting.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    waiting.child.kill('SIGTERM');
    expect(await waiting.ended).toMatchObject({ status: null, signal: 'SIGTERM' });
  }, 60_000);
});
