import { quote, type Turns } from '@autodrag/nn';
import type { Budget } from './budget.js';
import type { ByteSource } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';

/** One entry as the directory describes it. */
export type ZipEntry = {
  flags: number;
  method: number;
  crc: number;
  compressed: number;
  size: number;
  /** Where its own header stands. */
  header: number;
  /** Where the next entry, or the directory, begins: its data must end before. */
  end: number;
};

export type ZipDirectory = {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** False where the archive was written without checksums: all of them are zero then. */
  readonly hasChecksums: boolean;
};

const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const LONGEST_COMMENT = 65535;
/** A checkpoint has an entry a tensor, some hundreds. */
const MOST_ENTRIES = 100_000;
const ENCRYPTED = 0x01;

/**
 * The directory of a zip.
 *
 * @throws CheckpointError if it is broken or hostile: entries that overlap each other or the directory, a name twice,
 * names
 *   that are no text
 */
export async function readDirectory(source: ByteSource, budget: Budget, turns?: Turns): Promise<ZipDirectory> {
  const { offset, size, count, end } = await findDirectory(source, budget);
  if (offset + size > end) throw zipMalformed('the directory lies outside the file', offset);
  if (count * CENTRAL_BYTES > size) throw zipMalformed('the directory is too short for its entries', offset);
  if (count > MOST_ENTRIES) {
    throw new CheckpointError('CHECKPOINT_LIMIT', `zip: an archive has at most ${MOST_ENTRIES} entries`, {
      found: `${count}`,
      offset,
    });
  }
  budget.charge(size, offset);
  const bytes = await source.read(offset, offset + size);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if ((i & 0xff) === 0 && turns?.due()) await turns.take();
    at = readEntry(bytes, at, offset, entries, budget);
  }
  if (at !== size) throw zipMalformed('the directory has something behind its entries', offset + at);
  checkPlaces(entries, offset);
  return { entries, hasChecksums: [...entries.values()].some(({ crc }) => crc !== 0) };
}

function readEntry(
  bytes: Uint8Array,
  at: number,
  offset: number,
  entries: Map<string, ZipEntry>,
  budget: Budget,
): number {
  const view = viewOf(bytes);
  if (at + CENTRAL_BYTES > bytes.length || view.getUint32(at, true) !== CENTRAL)
    throw zipMalformed('a directory entry is broken', offset + at);
  const nameLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const next = at + CENTRAL_BYTES + nameLength + extraLength + view.getUint16(at + 32, true);
  if (next > bytes.length) throw zipMalformed('a directory entry runs over the end', offset + at);
  budget.charge(320 + 2 * nameLength, offset + at);
  const name = decodeName(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength), offset + at);
  const flags = view.getUint16(at + 8, true);
  if ((flags & ENCRYPTED) !== 0) throw zipMalformed(`the entry ${quote(name)} is encrypted`, offset + at);
  if (view.getUint16(at + 34, true) !== 0) throw zipMalformed('the archive is one of several parts', offset + at);
  if (entries.has(name)) throw zipMalformed(`the entry ${quote(name)} occurs twice`, offset + at);
  const entry: ZipEntry = {
    flags,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    compressed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    header: view.getUint32(at + 42, true),
    end: 0,
  };
  widen(entry, view, at + CENTRAL_BYTES + nameLength, extraLength);
  entries.set(name, entry);
  return next;
}

function decodeName(bytes: Uint8Array, offset: number): string {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw zipMalformed('a name is not UTF-8', offset);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no program writes such a name
  if (/[\x00-\x1f\\]|^\/|(^|\/)\.\.(\/|$)/.test(name))
    throw zipMalformed(`${quote(name)} is no name in an archive`, offset);
  return name;
}

/** In the order of the file every entry ends where the next one begins, and the last one before the directory. */
function checkPlaces(entries: ReadonlyMap<string, ZipEntry>, directory: number): void {
  const sorted = [...entries].sort(([, a], [, b]) => a.header - b.header);
  sorted.forEach(([name, entry], i) => {
    const next = sorted[i + 1];
    entry.end = next === undefined ? directory : next[1].header;
    // 30 bytes of header, the name, the data: what else stands there may only make it longer.
    if (entry.header + 30 + entry.compressed > entry.end) {
      const into = next === undefined ? 'the directory' : `the entry ${quote(next[0])}`;
      throw zipMalformed(`the entry ${quote(name)} runs into ${into}`, entry.header);
    }
  });
}

async function findDirectory(
  source: ByteSource,
  budget: Budget,
): Promise<{ offset: number; size: number; count: number; end: number }> {
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
  if (!is64) return { offset, size, count, end: tailStart + at };
  if (at < 20 || tail.getUint32(at - 20, true) !== END64_LOCATOR)
    throw zipMalformed('the zip64 locator is missing', tailStart + at);
  const end64 = readUint64(tail, at - 12);
  if (end64 + 56 > source.size) throw zipMalformed('the zip64 end lies outside the file', tailStart + at);
  const record = viewOf(await source.read(end64, end64 + 56));
  if (record.getUint32(0, true) !== END64) throw zipMalformed('the zip64 end is broken', end64);
  return {
    count: readUint64(record, 32),
    size: readUint64(record, 40),
    offset: readUint64(record, 48),
    end: end64,
  };
}

/** Sizes of 0xffffffff stand in the zip64 extra field. */
function widen(entry: ZipEntry, view: DataView, extra: number, length: number): void {
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

export function zipMalformed(rule: string, offset: number): CheckpointError {
  return new CheckpointError('CHECKPOINT_MALFORMED', `zip: ${rule}`, {
    offset,
    wayOut: 'The archive is damaged: fetch or save the file again.',
  });
}
