import { quote } from '@autodrag/nn';
import { inflateSync } from 'fflate';
import type { Budget } from './budget.js';
import type { ByteSource } from './byte-source.js';
import type { ByteRange } from './zip-archive.js';
import { zipMalformed } from './zip-directory.js';

const AT_ONCE_BYTES = 4 * 1024;
const PART_BYTES = 64 * 1024;

/**
 * The content of a deflated entry, exactly as long as the directory says. It is paid for before anything is inflated,
 * and the inflater is stopped where it would write more.
 */
export async function inflateEntry(
  { source, start, end }: ByteRange,
  size: number,
  name: string,
  budget: Budget,
): Promise<Uint8Array> {
  // One byte more than declared shows an entry that goes on.
  budget.charge(size + 1, start);
  const output = new Uint8Array(size + 1);
  const length =
    end - start <= AT_ONCE_BYTES
      ? inflateAtOnce(await source.read(start, end), output)
      : await inflateInParts(source, start, end, output);
  if (length !== size) {
    const found = length < 0 ? 'something else' : length > size ? 'more' : `${length}`;
    throw zipMalformed(`the entry ${quote(name)} inflates to ${size} bytes, found ${found}`, start);
  }
  return output.subarray(0, size);
}

/** Deflate expands at most 1032-fold, so that this takes milliseconds. Returns the length, or -1 for broken data. */
function inflateAtOnce(bytes: Uint8Array, output: Uint8Array): number {
  try {
    return inflateSync(bytes, { out: output }).length;
  } catch {
    return -1;
  }
}

/** The platform's inflater, which stops as soon as nobody reads on. */
async function inflateInParts(source: ByteSource, start: number, end: number, output: Uint8Array): Promise<number> {
  const inflater = new DecompressionStream('deflate-raw');
  const reader = inflater.readable.getReader();
  const writer = inflater.writable.getWriter();
  let stopped = false;
  const writing = (async () => {
    for (let at = start; at < end && !stopped; at += PART_BYTES) {
      // A chunk of its own: the platform may keep it.
      await writer.write((await source.read(at, Math.min(end, at + PART_BYTES))).slice());
    }
    if (!stopped) await writer.close();
  })();
  writing.catch(() => undefined); // the reader reports it
  writer.closed.catch(() => undefined);
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const part = value.subarray(0, output.length - filled);
      output.set(part, filled);
      filled += part.length;
      if (filled === output.length) break;
    }
  } catch {
    return -1;
  } finally {
    stopped = true;
    reader.cancel().catch(() => undefined);
    writer.abort().catch(() => undefined);
  }
  return filled;
}
