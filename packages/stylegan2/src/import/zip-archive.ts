import { inflateSync } from 'fflate';
import type { Budget } from './budget.js';
import { type ByteSource, bytesSource } from './byte-source.js';
import { CheckpointError, quote } from './checkpoint-error.js';

/** A stretch of a source. */
export type ByteRange = { source: ByteSource; start: number; end: number };

type Entry = { method: number; compressed: number; size: number; header: number };

export type ZipArchive = {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** Where an entry's content lies. Stored entries stay where they are; deflated ones are inflated within the budget. */
  open(name: string): Promise<ByteRange>;
};

const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const LONGEST_COMMENT = 65535;
const AT_ONCE_BYTES = 4 * 1024;
const PART_BYTES = 64 * 1024;

/** Reads a zip's directory (zip64 too). Nothing is inflated yet. */
export async function openZip(source: ByteSource, budget: Budget): Promise<ZipArchive> {
  const { offset, size, count } = await findDirectory(source, budget);
  if (offset + size > source.size) throw malformed('the directory lies outside the file', offset);
  if (count * 46 > size) throw malformed('the directory is too short for its entries', offset);
  budget.charge(size, offset);
  const bytes = await source.read(offset, offset + size);
  const view = viewOf(bytes);
  const entries = new Map<string, Entry>();
  const decoder = new TextDecoder();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== CENTRAL)
      throw malformed('a directory entry is broken', offset + at);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > size) throw malformed('a directory entry runs over the end', offset + at);
    budget.charge(320 + 2 * nameLength, offset + at);
    const name = decoder.decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if ((view.getUint16(at + 8, true) & 1) !== 0) throw malformed(`the entry ${quote(name)} is encrypted`, offset + at);
    if (entries.has(name)) throw malformed(`the entry ${quote(name)} occurs twice`, offset + at);
    const entry: Entry = {
      method: view.getUint16(at + 10, true),
      compressed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      header: view.getUint32(at + 42, true),
    };
    widen(entry, view, at + 46 + nameLength, extraLength);
    entries.set(name, entry);
    at = next;
  }

  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    async open(name) {
      const entry = entries.get(name);
      if (entry === undefined) {
        throw new CheckpointError('CHECKPOINT_MALFORMED', `zip: the entry ${quote(name)} is missing`, {
          wayOut: 'The archive is incomplete: fetch or save the file again.',
        });
      }
      const { header, compressed } = entry;
      if (header + 30 > source.size) throw malformed(`the entry ${quote(name)} lies outside the file`, header);
      const local = viewOf(await source.read(header, header + 30));
      if (local.getUint32(0, true) !== LOCAL) throw malformed(`the entry ${quote(name)} has no header`, header);
      const start = header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
      const end = start + compressed;
      if (end > source.size) throw malformed(`the entry ${quote(name)} runs over the end of the file`, start);
      if (entry.method === 0) {
        if (entry.size !== compressed) throw malformed(`the stored entry ${quote(name)} has two sizes`, header);
        return { source, start, end };
      }
      if (entry.method !== 8) {
        throw new CheckpointError('CHECKPOINT_UNSUPPORTED', `zip: entries are stored or deflated`, {
          found: `method ${entry.method} in ${quote(name)}`,
          offset: header,
          wayOut: 'Save the file again with torch.save.',
        });
      }
      return inflate(source, start, end, entry.size, name, budget);
    },
  };
}

async function inflate(
  source: ByteSource,
  start: number,
  end: number,
  size: number,
  name: string,
  budget: Budget,
): Promise<ByteRange> {
  // One byte more than declared shows an entry that goes on.
  budget.charge(size + 1, start);
  const output = new Uint8Array(size + 1);
  const length =
    end - start <= AT_ONCE_BYTES
      ? inflateAtOnce(await source.read(start, end), output)
      : await inflateInParts(source, start, end, output);
  if (length !== size) {
    const found = length < 0 ? 'something else' : length > size ? 'more' : `${length}`;
    throw malformed(`the entry ${quote(name)} inflates to ${size} bytes, found ${found}`, start);
  }
  return { source: bytesSource(output.subarray(0, size)), start: 0, end: size };
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

async function findDirectory(
  source: ByteSource,
  budget: Budget,
): Promise<{ offset: number; size: number; count: number }> {
  const tailStart = Math.max(0, source.size - LONGEST_COMMENT - 22);
  budget.charge(source.size - tailStart, tailStart);
  const tail = viewOf(await source.read(tailStart, source.size));
  let at = tail.byteLength - 22;
  while (at >= 0 && !(tail.getUint32(at, true) === END && tail.getUint16(at + 20, true) <= tail.byteLength - at - 22))
    at--;
  if (at < 0) {
    throw new CheckpointError('CHECKPOINT_TRUNCATED', 'zip: the directory at the end of the file is missing', {
      found: `${source.size} bytes`,
      wayOut: 'The download was probably cut short: fetch the file again.',
    });
  }
  const count = tail.getUint16(at + 10, true);
  const size = tail.getUint32(at + 12, true);
  const offset = tail.getUint32(at + 16, true);
  const is64 = count === 0xffff || size === 0xffffffff || offset === 0xffffffff;
  if (!is64) return { offset, size, count };
  if (at < 20 || tail.getUint32(at - 20, true) !== END64_LOCATOR)
    throw malformed('the zip64 locator is missing', tailStart + at);
  const end64 = readUint64(tail, at - 12);
  if (end64 + 56 > source.size) throw malformed('the zip64 end lies outside the file', tailStart + at);
  const record = viewOf(await source.read(end64, end64 + 56));
  if (record.getUint32(0, true) !== END64) throw malformed('the zip64 end is broken', end64);
  return { count: readUint64(record, 32), size: readUint64(record, 40), offset: readUint64(record, 48) };
}

/** Sizes of 0xffffffff stand in the zip64 extra field. */
function widen(entry: Entry, view: DataView, extra: number, length: number): void {
  let at = extra;
  const stop = extra + length;
  while (at + 4 <= stop) {
    const id = view.getUint16(at, true);
    const end = at + 4 + view.getUint16(at + 2, true);
    if (id === 1 && end <= stop) {
      let field = at + 4;
      for (const key of ['size', 'compressed', 'header'] as const) {
        if (entry[key] !== 0xffffffff || field + 8 > end) continue;
        entry[key] = readUint64(view, field);
        field += 8;
      }
      return;
    }
    at = end;
  }
}

function readUint64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(rule: string, offset: number): CheckpointError {
  return new CheckpointError('CHECKPOINT_MALFORMED', `zip: ${rule}`, {
    offset,
    wayOut: 'The archive is damaged: fetch or save the file again.',
  });
}
