import { createTurns, type Turns } from '../async/turns.js';
import { printable } from '../errors/printable.js';
import { HeaderScanner } from './header-scanner.js';
import { SAFETENSORS_LIMITS as LIMITS } from './safetensors-limits.js';
import { DTYPE_NAMES, dtypeOf, type StoredDtype } from './stored-dtypes.js';

/** One tensor of a file, of which nothing has been read but its place. */
export type SafetensorsEntry = {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** Numbers in it. */
  readonly count: number;
  /** First byte and the one after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
};

export type SafetensorsHeader = {
  /** In the order of the header. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
};

export type ReadSafetensorsHeaderOptions = {
  /** The function that speaks in messages. @default 'loadSafetensors' */
  where?: string;
  signal?: AbortSignal;
  turns?: Turns;
};

/**
 * Reads the header of a safetensors file without its data. Nothing in it is trusted: only what a header has is read,
 * token by token, and its structure, names and counts are bounded before anything is built of them, so that a header
 * costs less than four times its size; types, shapes and ranges are checked, and the ranges must cover the data
 * exactly.
 *
 * @param json the header's bytes, without the eight of its length
 * @param dataBytes how many bytes follow the header
 * @throws WeightFileError that says what is wrong and what to do
 */
export async function readSafetensorsHeader(
  json: Uint8Array,
  dataBytes: number,
  { where = 'loadSafetensors', signal, turns = createTurns({ signal }) }: ReadSafetensorsHeaderOptions = {},
): Promise<SafetensorsHeader> {
  const scanner = new HeaderScanner(json, where);
  if (json[0] !== 0x7b) {
    scanner.error("the header does not begin with '{'", 'Check that the file is a safetensors file.');
  }
  const entries: SafetensorsEntry[] = [];
  const names = new Set<string>();
  let metadata: Record<string, string> = {};
  scanner.expect('{');
  if (!scanner.accept('}')) {
    do {
      if (turns.due()) await turns.take();
      const name = scanner.string(LIMITS.nameBytes, 'a name');
      if (names.has(name)) scanner.fail(`the name ${quote(name)} occurs twice`);
      names.add(name);
      scanner.expect(':');
      if (name === '__metadata__') {
        metadata = await readMetadata(scanner, turns);
        continue;
      }
      if (entries.length === LIMITS.tensors) {
        scanner.error(`the file has more than ${LIMITS.tensors} tensors`, 'Split it.');
      }
      entries.push(readEntry(scanner, name, dataBytes));
    } while (scanner.accept(','));
    scanner.expect('}');
  }
  if (scanner.peek() !== -1) scanner.fail('something follows the end');
  checkCoverage(scanner, entries, dataBytes);
  return { entries, metadata };
}

async function readMetadata(scanner: HeaderScanner, turns: Turns): Promise<Record<string, string>> {
  if (!scanner.accept('{')) scanner.error('__metadata__ is no object', 'Export the file again.');
  const result = new Map<string, string>();
  if (!scanner.accept('}')) {
    do {
      if (turns.due()) await turns.take();
      if (result.size === LIMITS.metadataEntries) {
        scanner.error(`__metadata__ has more than ${LIMITS.metadataEntries} entries`, 'Export the file again.');
      }
      const key = scanner.string(LIMITS.nameBytes, 'a name in __metadata__');
      if (result.has(key)) scanner.fail(`the name ${quote(key)} occurs twice`);
      scanner.expect(':');
      if (scanner.peek() !== 0x22) {
        scanner.error(`__metadata__.${quote(key)} is no string`, 'Export the file again.');
      }
      result.set(key, scanner.string(LIMITS.metadataBytes, 'a string in __metadata__'));
    } while (scanner.accept(','));
    scanner.expect('}');
  }
  return Object.fromEntries(result);
}

type Fields = { dtype?: string | null; shape?: number[] | null; data_offsets?: number[] | null };

function readEntry(scanner: HeaderScanner, name: string, dataBytes: number): SafetensorsEntry {
  const fail = (what: string, wayOut = 'Export the file again.'): never =>
    scanner.error(`tensor ${quote(name)}: ${what}`, wayOut);
  const { dtype: kind = null, shape = null, data_offsets: offsets = null } = readFields(scanner, fail);

  const known = kind === null ? undefined : dtypeOf(kind);
  if (known === undefined) {
    const got = kind === null ? 'none' : quote(kind);
    return fail(`dtype: expected one of ${DTYPE_NAMES}, got ${got}`, 'Convert it to F32 or F16.');
  }
  if (shape === null) return fail(`shape: expected at most ${LIMITS.rank} non-negative integers`);
  const count = shape.reduce((product, size) => product * size, 1);
  // A size of zero must not hide the overflow of the others.
  const bound = shape.reduce((product, size) => product * Math.max(1, size), known.bytes);
  if (!Number.isSafeInteger(bound)) fail(`shape [${shape.join(', ')}] overflows`);
  if (offsets?.length !== 2) return fail('data_offsets: expected two non-negative integers');
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    fail(`its range ${begin}…${end} is outside of the ${dataBytes} bytes of data`, 'Download the file again.');
  }
  if (end - begin !== count * known.bytes) {
    fail(
      `shape [${shape.join(', ')}] of ${String(kind)} needs ${count * known.bytes} bytes, its range has ${end - begin}`,
    );
  }
  return { name, dtype: known.dtype, shape, count, begin, end };
}

function readFields(scanner: HeaderScanner, fail: (what: string) => never): Fields {
  if (!scanner.accept('{')) fail('its entry is no object');
  const fields: Fields = {};
  if (scanner.accept('}')) return fields;
  do {
    const field = scanner.string(LIMITS.nameBytes, 'a field');
    if (field !== 'dtype' && field !== 'shape' && field !== 'data_offsets') {
      return fail(`unknown field ${quote(field)}`);
    }
    if (Object.hasOwn(fields, field)) fail(`the field ${quote(field)} occurs twice`);
    scanner.expect(':');
    if (field === 'dtype') {
      fields.dtype = scanner.peek() === 0x22 ? scanner.string(LIMITS.nameBytes, 'a dtype') : null;
      if (fields.dtype === null) return fields;
    } else {
      fields[field] = scanner.integers(field === 'shape' ? LIMITS.rank : 2);
      if (fields[field] === null) return { dtype: 'F32', shape: [], ...fields };
    }
  } while (scanner.accept(','));
  scanner.expect('}');
  return fields;
}

/** Ranges sorted by where they begin must touch each other and both ends. */
function checkCoverage(scanner: HeaderScanner, entries: readonly SafetensorsEntry[], dataBytes: number): void {
  const fail = (what: string) => scanner.error(what, 'Export the file again.');
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let reached = 0;
  for (const { name, begin, end } of sorted) {
    if (begin < reached) fail(`tensor ${quote(name)} overlaps another one at byte ${begin}`);
    if (begin > reached) fail(`bytes ${reached}…${begin} of the data belong to no tensor`);
    reached = end;
  }
  if (reached !== dataBytes) fail(`${dataBytes - reached} bytes follow the last tensor`);
}

/** A name as JSON has it, made safe. */
function quote(text: string): string {
  return `"${printable(text)}"`;
}
