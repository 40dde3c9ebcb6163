import { quote, type Turns } from '@autodrag/nn';
import type { Budget } from './budget.js';
import { type ByteSource, bytesSource } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';
import { updateCrc32 } from './crc32.js';
import { readDirectory, type ZipEntry, zipMalformed } from './zip-directory.js';
import { inflateEntry } from './zip-inflate.js';

/** A stretch of a source. */
export type ByteRange = { source: ByteSource; start: number; end: number };

export type ZipArchive = {
  readonly names: readonly string[];
  has(name: string): boolean;
  /**
   * Where an entry's content lies, once its checksum has been found right. Stored entries stay where they are; deflated
   * ones are inflated within the budget.
   */
  open(name: string): Promise<ByteRange>;
};

export type OpenZipOptions = {
  /** Lets others work now and then, and stops at the signal. */
  turns?: Turns;
};

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const PART_BYTES = 256 * 1024;
/** Sizes and checksum follow the data, and the local header has zeros. */
const HAS_DESCRIPTOR = 0x08;

/**
 * Reads a zip's directory (zip64 too). Nothing is inflated yet. What the directory says must agree with what stands
 * before the entries, no two entries share a byte, and every content must have the checksum that the directory gives
 * it; PyTorch can be told to write no checksums, and then all of them are zero.
 */
export async function openZip(source: ByteSource, budget: Budget, { turns }: OpenZipOptions = {}): Promise<ZipArchive> {
  const { entries, hasChecksums } = await readDirectory(source, budget, turns);
  const opened = new Map<string, Promise<ByteRange>>();
  const open = async (name: string): Promise<ByteRange> => {
    const entry = entries.get(name);
    if (entry === undefined) {
      throw new CheckpointError('CHECKPOINT_MALFORMED', `zip: the entry ${quote(name)} is missing`, {
        wayOut: 'The archive is incomplete: fetch or save the file again.',
      });
    }
    const start = await readLocalHeader(source, name, entry);
    const range = await content(source, start, name, entry, budget);
    if (hasChecksums) await checkSum(range, name, entry, budget, turns);
    return range;
  };
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    open(name) {
      const known = opened.get(name);
      if (known !== undefined) return known;
      const opening = open(name);
      opened.set(name, opening);
      return opening;
    },
  };
}

/** Checks the header that stands before an entry's data, and says where those begin. */
async function readLocalHeader(source: ByteSource, name: string, entry: ZipEntry): Promise<number> {
  const { header, compressed, end: limit } = entry;
  const named = quote(name);
  if (header + LOCAL_BYTES > source.size) throw zipMalformed(`the entry ${named} lies outside the file`, header);
  const bytes = await source.read(header, header + LOCAL_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== LOCAL) throw zipMalformed(`the entry ${named} has no header`, header);
  const nameLength = view.getUint16(26, true);
  const start = header + LOCAL_BYTES + nameLength + view.getUint16(28, true);
  if (start + compressed > source.size) {
    throw zipMalformed(`the entry ${named} runs over the end of the file`, start);
  }
  if (start + compressed > limit) throw zipMalformed(`the entry ${named} runs into the next one`, start);
  const written = await source.read(header + LOCAL_BYTES, header + LOCAL_BYTES + nameLength);
  if (new TextDecoder().decode(written) !== name) {
    throw zipMalformed(`the entry ${named} has another name before its data`, header);
  }
  const differs = (at: number, value: number) => {
    const found = view.getUint32(at, true);
    // Zip64 has ones there, and entries with a descriptor zeros.
    const left = found === 0xffffffff || ((view.getUint16(6, true) & HAS_DESCRIPTOR) !== 0 && found === 0);
    return !left && found !== value;
  };
  if (
    view.getUint16(8, true) !== entry.method ||
    differs(14, entry.crc) ||
    differs(18, entry.compressed) ||
    differs(22, entry.size)
  ) {
    throw zipMalformed(`the entry ${named} is described in two ways`, header);
  }
  return start;
}

async function content(
  source: ByteSource,
  start: number,
  name: string,
  entry: ZipEntry,
  budget: Budget,
): Promise<ByteRange> {
  const { method, compressed, size, header } = entry;
  if (method === 0) {
    if (size !== compressed) throw zipMalformed(`the stored entry ${quote(name)} has two sizes`, header);
    return { source, start, end: start + compressed };
  }
  if (method !== 8) {
    throw new CheckpointError('CHECKPOINT_UNSUPPORTED', `zip: entries are stored or deflated`, {
      found: `method ${method} in ${quote(name)}`,
      offset: header,
      wayOut: 'Save the file again with torch.save.',
    });
  }
  const output = await inflateEntry({ source, start, end: start + compressed }, size, name, budget);
  return { source: bytesSource(output), start: 0, end: size };
}

async function checkSum(
  { source, start, end }: ByteRange,
  name: string,
  { crc, header }: ZipEntry,
  budget: Budget,
  turns: Turns | undefined,
): Promise<void> {
  if (source.bytes === undefined) budget.charge(Math.min(PART_BYTES, end - start), start);
  let sum = 0;
  for (let at = start; at < end; at += PART_BYTES) {
    sum = updateCrc32(sum, await source.read(at, Math.min(end, at + PART_BYTES)));
    if (turns?.due()) await turns.take();
  }
  if (sum === crc) return;
  const hex = (value: number) => value.toString(16).padStart(8, '0');
  throw new CheckpointError('CHECKPOINT_MALFORMED', `zip: the entry ${quote(name)} has the checksum ${hex(crc)}`, {
    found: hex(sum),
    offset: header,
    wayOut: 'The archive is damaged: fetch or save the file again.',
  });
}
