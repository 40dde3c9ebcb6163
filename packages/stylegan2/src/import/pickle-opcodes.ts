import { quote } from '@autodrag/nn';
import { CheckpointError } from './checkpoint-error.js';
import { buildPickle } from './pickle-build.js';
import { findGlobal } from './pickle-globals.js';
import { COST, type PickleMachine } from './pickle-machine.js';
import { reducePickle } from './pickle-reduce.js';
import {
  describeValue,
  PickleBytes,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleModule,
  PickleObject,
  PickleOpaque,
  PickleSet,
  PickleText,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';

/** Longer strings stay ranges of the file. Names and settings are short; only program text is not. */
const LONGEST_STRING = 4096;
const LONGEST_NAME = 256;
const LONGEST_INTEGER = 32;
/** NumPy scalars are read on the spot; other bytes stay where they are. */
const LONGEST_INLINE = 16;

/** What an opcode does. A promise only where the file has to be read on. */
export type Opcode = (machine: PickleMachine) => void | Promise<void>;

type Definition = { name: string; operand: number; run: Opcode };

/** Opcodes of protocols 2 to 5: how many bytes follow (before anything whose length they tell), and what happens. */
const DEFINITIONS: Readonly<Record<number, Definition>> = {
  // --- the frame of the stream
  128: { name: 'PROTO', operand: 1, run: (m) => m.window.skip(1) },
  149: { name: 'FRAME', operand: 8, run: (m) => m.window.require(m.window.uint64(), 'a frame') },
  46: { name: 'STOP', operand: 0, run: (m) => m.stop() },

  // --- the stack
  40: { name: 'MARK', operand: 0, run: (m) => m.mark() },
  48: { name: 'POP', operand: 0, run: (m) => m.drop() },
  49: { name: 'POP_MARK', operand: 0, run: (m) => void m.popMark(0) },
  50: { name: 'DUP', operand: 0, run: (m) => m.push(m.top()) },

  // --- the memo
  113: { name: 'BINPUT', operand: 1, run: (m) => m.remember(m.window.uint8()) },
  114: { name: 'LONG_BINPUT', operand: 4, run: (m) => m.remember(m.window.uint32()) },
  148: { name: 'MEMOIZE', operand: 0, run: (m) => m.rememberNext() },
  104: { name: 'BINGET', operand: 1, run: (m) => m.recall(m.window.uint8()) },
  106: { name: 'LONG_BINGET', operand: 4, run: (m) => m.recall(m.window.uint32()) },

  // --- constants and numbers
  78: { name: 'NONE', operand: 0, run: (m) => m.push(null) },
  136: { name: 'NEWTRUE', operand: 0, run: (m) => m.push(true) },
  137: { name: 'NEWFALSE', operand: 0, run: (m) => m.push(false) },
  75: { name: 'BININT1', operand: 1, run: (m) => m.push(m.window.uint8()) },
  77: { name: 'BININT2', operand: 2, run: (m) => m.push(m.window.uint16()) },
  74: { name: 'BININT', operand: 4, run: (m) => m.push(m.window.int32()) },
  138: { name: 'LONG1', operand: 1, run: (m) => integer(m, m.window.uint8()) },
  139: { name: 'LONG4', operand: 4, run: (m) => integer(m, m.window.uint32()) },
  71: {
    name: 'BINFLOAT',
    operand: 8,
    run(m) {
      m.budget.charge(16, m.at);
      m.push(m.window.float64BigEndian());
    },
  },

  // --- strings and bytes
  140: { name: 'SHORT_BINUNICODE', operand: 1, run: (m) => text(m, m.window.uint8(), 'utf8') },
  88: { name: 'BINUNICODE', operand: 4, run: (m) => text(m, m.window.uint32(), 'utf8') },
  141: { name: 'BINUNICODE8', operand: 8, run: (m) => text(m, m.window.uint64(), 'utf8') },
  85: { name: 'SHORT_BINSTRING', operand: 1, run: (m) => text(m, m.window.uint8(), 'latin1') },
  84: { name: 'BINSTRING', operand: 4, run: (m) => text(m, m.window.uint32(), 'latin1') },
  67: { name: 'SHORT_BINBYTES', operand: 1, run: (m) => bytes(m, m.window.uint8()) },
  66: { name: 'BINBYTES', operand: 4, run: (m) => bytes(m, m.window.uint32()) },
  142: { name: 'BINBYTES8', operand: 8, run: (m) => bytes(m, m.window.uint64()) },
  150: { name: 'BYTEARRAY8', operand: 8, run: (m) => bytes(m, m.window.uint64()) },

  // --- containers
  41: { name: 'EMPTY_TUPLE', operand: 0, run: (m) => m.tuple([]) },
  133: { name: 'TUPLE1', operand: 0, run: (m) => m.tuple([m.pop()]) },
  134: {
    name: 'TUPLE2',
    operand: 0,
    run(m) {
      const second = m.pop();
      m.tuple([m.pop(), second]);
    },
  },
  135: {
    name: 'TUPLE3',
    operand: 0,
    run(m) {
      const third = m.pop();
      const second = m.pop();
      m.tuple([m.pop(), second, third]);
    },
  },
  116: { name: 'TUPLE', operand: 0, run: (m) => m.tuple(m.popMark(COST.slot)) },
  93: {
    name: 'EMPTY_LIST',
    operand: 0,
    run(m) {
      m.budget.charge(COST.list, m.at);
      m.push(new PickleList());
    },
  },
  97: {
    name: 'APPEND',
    operand: 0,
    run(m) {
      const item = m.pop();
      append(m, [item]);
    },
  },
  101: { name: 'APPENDS', operand: 0, run: (m) => append(m, m.popMark(COST.slot)) },
  125: { name: 'EMPTY_DICT', operand: 0, run: (m) => m.push(m.dict()) },
  115: {
    name: 'SETITEM',
    operand: 0,
    run(m) {
      const value = m.pop();
      const key = m.pop();
      assign(m, [key, value]);
    },
  },
  117: { name: 'SETITEMS', operand: 0, run: (m) => assign(m, m.popMark(COST.slot)) },
  143: { name: 'EMPTY_SET', operand: 0, run: (m) => m.push(set(m, 0)) },
  144: {
    name: 'ADDITEMS',
    operand: 0,
    run(m) {
      const items = m.popMark(COST.slot);
      const target = m.top();
      if (target instanceof PickleOpaque) return;
      if (!(target instanceof PickleSet)) throw m.malformed('items are added only to sets', describeValue(target));
      target.count += items.length;
    },
  },
  145: { name: 'FROZENSET', operand: 0, run: (m) => m.push(set(m, m.popMark(COST.slot).length)) },

  // --- globals and what is made of them
  99: {
    name: 'GLOBAL',
    operand: 0,
    async run(m) {
      const module = await line(m);
      global(m, module, await line(m));
    },
  },
  147: {
    name: 'STACK_GLOBAL',
    operand: 0,
    run(m) {
      const name = m.pop();
      global(m, m.pop(), name);
    },
  },
  82: {
    name: 'REDUCE',
    operand: 0,
    run(m) {
      const args = m.pop();
      const callee = m.pop();
      if (!(callee instanceof PickleGlobal)) throw m.malformed('REDUCE needs a global', describeValue(callee));
      if (!(args instanceof PickleTuple)) throw m.malformed('REDUCE needs a tuple', describeValue(args));
      m.budget.charge(4 * COST.box, m.at);
      m.push(reducePickle(callee, args.items, m));
    },
  },
  129: {
    name: 'NEWOBJ',
    operand: 0,
    run(m) {
      const args = m.pop();
      create(m, m.pop(), args);
    },
  },
  146: {
    name: 'NEWOBJ_EX',
    operand: 0,
    run(m) {
      m.pop(); // arguments by name
      const args = m.pop();
      create(m, m.pop(), args);
    },
  },
  98: {
    name: 'BUILD',
    operand: 0,
    run(m) {
      const state = m.pop();
      buildPickle(m.top(), state, m);
    },
  },
  81: {
    name: 'BINPERSID',
    operand: 0,
    run(m) {
      const id = m.pop();
      const { persistentLoad } = m.options;
      if (persistentLoad === undefined) throw m.malformed('a persistent id stands where none is expected');
      m.budget.charge(4 * COST.box, m.at);
      m.push(persistentLoad(id, m.at));
    },
  },
};

/** By code: a byte that is no opcode of protocols 2 to 5 has none. */
export const OPCODES: readonly (Definition | undefined)[] = Array.from({ length: 256 }, (_, code) => DEFINITIONS[code]);

function bytes(m: PickleMachine, length: number): void | Promise<void> {
  const { window } = m;
  window.require(length, 'a bytes object');
  if (length <= LONGEST_INLINE && !window.has(length)) return window.fill(length).then(() => bytes(m, length));
  m.budget.charge(COST.box + COST.shortString, m.at);
  const start = window.position;
  const inline = length <= LONGEST_INLINE ? decode(window.take(length), 'latin1') : null;
  if (inline === null) window.skip(length);
  m.push(new PickleBytes(window.source, start, start + length, 'raw', inline));
}

function text(m: PickleMachine, length: number, encoding: 'utf8' | 'latin1'): void | Promise<void> {
  const { window, budget } = m;
  window.require(length, 'a string');
  const start = window.position;
  if (length > LONGEST_STRING) {
    budget.charge(COST.box, m.at);
    window.skip(length);
    m.push(new PickleText(window.source, start, start + length, encoding));
    return;
  }
  if (!window.has(length)) return window.fill(length).then(() => text(m, length, encoding));
  budget.charge(COST.box + 2 * length, m.at);
  const value = decode(window.take(length), encoding);
  if (value === null) throw m.malformed('a string is not UTF-8');
  const { watch, seen } = m.options;
  if (watch?.has(value)) seen?.add(value);
  m.push(value);
}

function integer(m: PickleMachine, length: number): void | Promise<void> {
  const { window } = m;
  if (length > LONGEST_INTEGER) {
    throw m.fail('CHECKPOINT_LIMIT', `integers have at most ${LONGEST_INTEGER} bytes`, `${length}`);
  }
  window.require(length, 'an integer');
  if (!window.has(length)) return window.fill(length).then(() => integer(m, length));
  m.budget.charge(COST.box, m.at);
  const digits = window.take(length);
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i] as number);
  if (length > 0 && (digits[length - 1] as number) >= 128) value -= 1n << BigInt(8 * length);
  m.push(value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value);
}

async function line(m: PickleMachine): Promise<string> {
  const { window } = m;
  if (!window.has(LONGEST_NAME + 1)) await window.fill(LONGEST_NAME + 1);
  const length = window.find(10, LONGEST_NAME + 1);
  if (length < 0) throw m.malformed(`a name goes on for more than ${LONGEST_NAME} bytes or to the end of the file`);
  const value = decode(window.take(length), 'utf8');
  window.skip(1);
  if (value === null) throw m.malformed('a name is not UTF-8');
  return value;
}

function global(m: PickleMachine, module: PickleValue, name: PickleValue): void {
  if (typeof module !== 'string' || typeof name !== 'string') throw m.malformed('a global is named by two strings');
  const found = findGlobal(module, name);
  if (found === undefined) throw (m.options.refuse ?? forbidden)(module, name, m.at);
  m.budget.charge(COST.box, m.at);
  m.push(found);
}

/** NEWOBJ: an object of a class, made without running its constructor. */
function create(m: PickleMachine, type: PickleValue, args: PickleValue): void {
  if (!(type instanceof PickleGlobal))
    throw m.malformed('NEWOBJ needs a class of the closed list', describeValue(type));
  if (!(args instanceof PickleTuple)) throw m.malformed('NEWOBJ needs a tuple', describeValue(args));
  m.budget.charge(COST.box, m.at);
  const { role } = type;
  if (role === 'opaque') {
    m.push(new PickleOpaque(`an object of ${type.module}.${type.name}`));
    return;
  }
  if (args.items.length > 0) throw m.malformed('NEWOBJ needs an empty tuple');
  if (role === 'dict-class') m.push(m.dict());
  else if (role === 'object-class') m.push(new PickleObject(type));
  else if (role === 'torch-module') m.push(new PickleModule(type.name, m.dict()));
  else throw m.malformed('NEWOBJ needs a class of the closed list', describeValue(type));
}

function set(m: PickleMachine, count: number): PickleSet {
  m.budget.charge(COST.dict, m.at);
  const result = new PickleSet();
  result.count = count;
  return result;
}

function assign(m: PickleMachine, items: readonly PickleValue[]): void {
  const dict = m.top();
  if (dict instanceof PickleOpaque) return;
  if (!(dict instanceof PickleDict)) throw m.malformed('items are set only on dicts', describeValue(dict));
  if (items.length % 2 === 1) throw m.malformed('a dict item has no value');
  if (items.length === 0) return;
  if (dict.entries === null) {
    m.budget.charge(COST.firstEntry, m.at);
    dict.entries = new Map();
  }
  m.budget.charge((items.length / 2) * COST.entry, m.at);
  for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i] as PickleValue, items[i + 1] as PickleValue);
}

function append(m: PickleMachine, items: readonly PickleValue[]): void {
  const list = m.top();
  if (list instanceof PickleOpaque) return;
  if (!(list instanceof PickleList)) throw m.malformed('items are appended only to lists', describeValue(list));
  m.budget.charge(items.length * COST.listSlot, m.at);
  for (const item of items) list.items.push(item);
}

function forbidden(module: string, name: string, offset: number): CheckpointError {
  return new CheckpointError('CHECKPOINT_FORBIDDEN_GLOBAL', 'the pickle names a global outside the closed list', {
    found: quote(`${module}.${name}`),
    offset,
    wayOut: 'It was not looked up or run. Save the generator alone, as its repository does, and import that file.',
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(data: Uint8Array, encoding: 'utf8' | 'latin1'): string | null {
  if (encoding === 'latin1' || data.length < 32) {
    // Short names are ASCII nearly always, and the loop beats the decoder there.
    let value = '';
    for (const byte of data) {
      if (byte > 127 && encoding === 'utf8') return decodeUtf8(data);
      value += String.fromCharCode(byte);
    }
    return value;
  }
  return decodeUtf8(data);
}

function decodeUtf8(data: Uint8Array): string | null {
  try {
    return utf8.decode(data);
  } catch {
    return null;
  }
}
