import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type HostTensor, saveSafetensors } from '@autodrag/nn';
import { describe, expect, it } from 'vitest';
import { CheckpointError, openCheckpoint } from '../../src/import/index.js';
import { readOwnFile } from '../../src/import/read-own-file.js';
import { BOMBS, createMutator, createNumbers } from './mutate.js';

const folder = fileURLToPath(new URL('./fixtures/', import.meta.url));
const filesOf = (path: string, fits = (_: string) => true) =>
  readdirSync(path)
    .filter(fits)
    .map((name) => [name, new Uint8Array(readFileSync(path + name))] as const);
const torch = fileURLToPath(new URL('./torch/', import.meta.url));
const corpus = Object.fromEntries([
  ...filesOf(folder),
  ...filesOf(torch, (name) => /^(pti|extras|whole|parallel|encoder|numpy|features-both).*\.(pt|pkl)$/.test(name)),
]);
const files = Number(process.env.AUTODRAG_FUZZ_FILES ?? 5000);
const seed = Number(process.env.AUTODRAG_FUZZ_SEED ?? 1);
/** What the engine's own garbage may add to a measurement. */
const SLACK = 12 * 1024 * 1024;

/** Opens a file and reads every tensor of it: 'read', or the code of the error. Any other error is thrown on. */
async function attempt(bytes: Uint8Array, onProgress?: () => void): Promise<string> {
  try {
    if (bytes[8] === 0x7b && bytes[0] !== 0x80) {
      await readOwnFile(bytes);
      return 'read';
    }
    const checkpoint = await openCheckpoint(bytes, { onProgress });
    for (const { read } of checkpoint.tensors) await read();
    return 'read';
  } catch (error) {
    if (error instanceof CheckpointError) return error.code;
    throw error;
  }
}

/** Processor time of this process: a busy machine makes anything wait, but not work. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** One of this project's files. */
async function ownFile(): Promise<Uint8Array> {
  const { config, tensors } = await openCheckpoint(corpus['ada-protocol-4.pkl'] as Uint8Array);
  const entries = tensors.map(async ({ name, shape, read }) => [name, { dtype: 'float32', shape, data: await read() }]);
  const named = Object.fromEntries(await Promise.all(entries)) as Record<string, HostTensor>;
  return saveSafetensors(named, { dtype: 'float16', metadata: { config: JSON.stringify(config) } });
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('openCheckpoint: damaged and hostile files', () => {
  it(`survives ${files} mutants`, { timeout: 3_600_000 }, async () => {
    const next = createMutator(seed, { ...corpus, 'own.safetensors': await ownFile() });
    const outcomes: Record<string, number> = {};
    let slowest = 0;
    let slowestHow = '';
    for (let i = 0; i < files; i++) {
      const { bytes, how } = next();
      const name = `file ${i} of seed ${seed} (${how})`;
      const measure = async () => {
        const start = cpuMilliseconds();
        const outcome = await attempt(bytes).catch((error) => {
          throw new Error(`${name} ended with ${error?.stack}`);
        });
        return { outcome, milliseconds: cpuMilliseconds() - start };
      };
      let { outcome, milliseconds } = await measure();
      // A collection of garbage may fall into any file's time; a file that is slow is slow again.
      if (milliseconds > 300) milliseconds = Math.min(milliseconds, (await measure()).milliseconds);
      if (milliseconds > slowest) [slowest, slowestHow] = [milliseconds, name];
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    if (process.env.AUTODRAG_FUZZ_FILES !== undefined) {
      console.log(files, 'files:', outcomes, `slowest: ${slowest.toFixed(0)} ms, ${slowestHow}`);
    }
    expect(slowest, slowestHow).toBeLessThan(1000);
    // Errors of others, which openCheckpoint would wrap, say that something broke inside.
    expect(outcomes.CHECKPOINT_SOURCE ?? 0).toBe(0);
    expect(Object.keys(outcomes).length).toBeGreaterThan(4);
  });

  it.each(BOMBS)('allocates at most four times: %s', async (_, make) => {
    const size = 4 * 1024 * 1024;
    const bytes = make(createNumbers(7), size);
    const used = (): number => {
      const { used_heap_size, external_memory } = getHeapStatistics();
      return used_heap_size + external_memory;
    };
    const measure = async () => {
      collectGarbage(); // what the case before left is not this one's
      const before = used();
      let highest = before;
      const start = cpuMilliseconds();
      const outcome = await attempt(bytes, () => {
        highest = Math.max(highest, used());
      });
      const milliseconds = cpuMilliseconds() - start;
      return { outcome, milliseconds, allocated: Math.max(highest, used()) - before };
    };
    let { outcome, milliseconds, allocated } = await measure();
    // When a collection comes is the engine's affair: of two runs the one that it disturbed less counts.
    if (milliseconds > 300 || allocated >= 4 * bytes.length + SLACK) {
      const again = await measure();
      milliseconds = Math.min(milliseconds, again.milliseconds);
      allocated = Math.min(allocated, again.allocated);
    }
    expect(milliseconds).toBeLessThan(1000);
    expect(outcome).not.toBe('read');
    expect(outcome).not.toBe('CHECKPOINT_SOURCE');
    expect(allocated).toBeLessThan(4 * bytes.length + SLACK);
  });
});
