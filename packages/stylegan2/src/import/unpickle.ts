import type { Budget } from './budget.js';
import type { ByteWindow } from './byte-window.js';
import { CheckpointError, type CheckpointErrorCode, quote } from './checkpoint-error.js';
import { fillArray, type Malformed } from './pickle-array.js';
import { findGlobal } from './pickle-globals.js';
import { reducePickle } from './pickle-reduce.js';
import {
  describeValue,
  PickleArray,
  PickleBytes,
  PickleDict,
  PickleDtype,
  PickleGlobal,
  PickleList,
  PickleModule,
  PickleObject,
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
const DEEPEST_MARK = 512;

/** What the machine's own objects take, in bytes: measured on V8 and rounded up. */
const COST = {
  stackSlot: 24,
  memoSlot: 24,
  mark: 24,
  box: 64,
  shortString: 32,
  tuple: 80,
  slot: 8,
  list: 96,
  listSlot: 24,
  dict: 48,
  firstEntry: 240,
  entry: 64,
} as const;

const NOTHING: readonly PickleValue[] = [];
const EMPTY_TUPLE = new PickleTuple(NOTHING);

export type UnpickleOptions = {
  budget: Budget;
  /** Answers a persistent id; without it such ids are refused. */
  persistentLoad?: (id: PickleValue, offset: number) => PickleValue;
  /** Called now and then with the position; may throw to stop. */
  tick?: (position: number) => void;
  /** Names to watch for: those that occur as strings are added to `seen`. */
  watch?: ReadonlySet<string>;
  seen?: Set<string>;
  /** Makes the error for a global outside the closed list. */
  refuse?: (module: string, name: string, offset: number) => CheckpointError;
};

/**
 * Runs one pickle of protocol 2 to 5 in a virtual machine that executes nothing: globals come from a closed list and
 * stand for inert data, everything it allocates is charged to the budget first, bytes objects stay ranges of the file.
 * The window is left behind the pickle's STOP.
 *
 * @throws CheckpointError
 */
export async function unpickle(window: ByteWindow, options: UnpickleOptions): Promise<PickleValue> {
  const { budget, persistentLoad, tick, watch, seen } = options;
  const { source } = window;
  const begin = window.position;
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo: PickleValue[] = [];
  let highest = 0;
  let floor = 0; // the stack's height at the last mark: nothing below may be popped
  let at = begin; // where the current opcode stands
  let count = 0;

  const fail = (code: CheckpointErrorCode, rule: string, found?: string): CheckpointError =>
    new CheckpointError(code, rule, { offset: at, found, wayOut: 'The file is damaged or not a checkpoint.' });
  const malformed = (rule: string, found?: string) => fail('CHECKPOINT_MALFORMED', `pickle: ${rule}`, found);

  const push = (value: PickleValue) => {
    if (stack.length >= highest) {
      budget.charge(COST.stackSlot, at);
      highest = stack.length + 1;
    }
    stack.push(value);
  };
  const pop = (): PickleValue => {
    if (stack.length <= floor) throw malformed('an opcode takes more than the stack holds');
    return stack.pop() as PickleValue;
  };
  const top = (): PickleValue => {
    if (stack.length <= floor) throw malformed('an opcode reads an empty stack');
    return stack[stack.length - 1] as PickleValue;
  };
  const popMark = (costPerItem: number): readonly PickleValue[] => {
    if (marks.length === 0) throw malformed('an opcode needs a mark');
    budget.charge((stack.length - floor) * costPerItem, at);
    const items = stack.length === floor ? NOTHING : stack.splice(floor);
    marks.pop();
    floor = marks[marks.length - 1] ?? 0;
    return items;
  };
  const remember = (index: number) => {
    if (index > window.end)
      throw fail('CHECKPOINT_LIMIT', 'pickle: a memo index lies beyond the file length', String(index));
    const value = top();
    if (index < memo.length) {
      memo[index] = value;
      return;
    }
    // Python numbers the memo densely; a gap is charged for, so that a sparse index cannot be used to allocate.
    budget.charge((index + 1 - memo.length) * COST.memoSlot, at);
    while (memo.length < index) memo.push(null);
    memo.push(value);
  };
  const recall = (index: number) => {
    if (index >= memo.length) throw malformed('a memo entry is read before it is written', String(index));
    push(memo[index] as PickleValue);
  };
  const tuple = (items: readonly PickleValue[]) => {
    if (items.length === 0) return push(EMPTY_TUPLE);
    budget.charge(COST.tuple + items.length * COST.slot, at);
    push(new PickleTuple(items));
  };
  const bytes = (length: number) => {
    window.require(length, 'a bytes object');
    budget.charge(COST.box + COST.shortString, at);
    const start = window.position;
    const inline = length <= LONGEST_INLINE ? decode(window.take(length), 'latin1') : null;
    if (inline === null) window.skip(length);
    push(new PickleBytes(source, start, start + length, 'raw', inline));
  };
  const text = (length: number, encoding: 'utf8' | 'latin1') => {
    const start = window.position;
    if (length > LONGEST_STRING) {
      budget.charge(COST.box, at);
      window.skip(length);
      push(new PickleText(source, start, start + length, encoding));
      return;
    }
    budget.charge(COST.box + 2 * length, at);
    const value = decode(window.take(length), encoding);
    if (value === null) throw malformed('a string is not UTF-8');
    if (watch?.has(value)) seen?.add(value);
    push(value);
  };
  const line = async (): Promise<string> => {
    if (!window.has(LONGEST_NAME + 1)) await window.fill(LONGEST_NAME + 1);
    const length = window.find(10, LONGEST_NAME + 1);
    if (length < 0) throw malformed(`a name goes on for more than ${LONGEST_NAME} bytes or to the end of the file`);
    const value = decode(window.take(length), 'utf8');
    window.skip(1);
    if (value === null) throw malformed('a name is not UTF-8');
    return value;
  };
  const global = (module: PickleValue, name: PickleValue) => {
    if (typeof module !== 'string' || typeof name !== 'string') throw malformed('a global is named by two strings');
    const found = findGlobal(module, name);
    if (found === undefined) throw (options.refuse ?? forbidden)(module, name, at);
    push(found);
  };
  const integer = (length: number) => {
    if (length > LONGEST_INTEGER) {
      throw fail('CHECKPOINT_LIMIT', `pickle: integers have at most ${LONGEST_INTEGER} bytes`, `${length}`);
    }
    window.require(length, 'an integer');
    budget.charge(COST.box, at);
    const digits = window.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i] as number);
    if (length > 0 && (digits[length - 1] as number) >= 128) value -= 1n << BigInt(8 * length);
    push(value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value);
  };
  const assign = (dict: PickleValue, items: readonly PickleValue[]) => {
    if (!(dict instanceof PickleDict)) throw malformed('items are set only on dicts', describeValue(dict));
    if (items.length % 2 === 1) throw malformed('a dict item has no value');
    if (items.length === 0) return;
    if (dict.entries === null) {
      budget.charge(COST.firstEntry, at);
      dict.entries = new Map();
    }
    budget.charge((items.length / 2) * COST.entry, at);
    for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i] as PickleValue, items[i + 1] as PickleValue);
  };
  const append = (list: PickleValue, items: readonly PickleValue[]) => {
    if (!(list instanceof PickleList)) throw malformed('items are appended only to lists', describeValue(list));
    budget.charge(items.length * COST.listSlot, at);
    for (const item of items) list.items.push(item);
  };
  const dict = (): PickleDict => {
    budget.charge(COST.dict, at);
    return new PickleDict();
  };
  const reduceContext = { budget, malformed, dict, at: () => at };

  if (!window.has(2)) await window.fill(2);
  window.require(2, 'a pickle');
  if (window.uint8() !== 0x80) throw malformed('a pickle of protocol 2 to 5 begins with byte 0x80');
  const protocol = window.uint8();
  if (protocol < 2 || protocol > 5) {
    throw fail('CHECKPOINT_UNSUPPORTED', 'pickle: protocols 2 to 5 are read', `protocol ${protocol}`);
  }

  for (;;) {
    if ((++count & 0xfff) === 0) tick?.(window.position);
    if (!window.has(9)) {
      await window.fill(9);
      tick?.(window.position);
    }
    at = window.position;
    window.require(1, 'an opcode');
    const opcode = window.uint8();
    const operand = OPERAND_BYTES[opcode] as number;
    if (operand > 0) window.require(operand, 'an opcode');
    switch (opcode) {
      // --- the frame of the stream
      case 0x80: // PROTO
        window.skip(1);
        break;
      case 0x95: // FRAME
        window.require(window.uint64(), 'a frame');
        break;
      case 0x2e: // STOP
        if (marks.length > 0 || stack.length !== 1) throw malformed('STOP needs a stack of one value');
        return pop();

      // --- the stack
      case 0x28: // MARK
        if (marks.length >= DEEPEST_MARK) {
          throw fail('CHECKPOINT_LIMIT', `pickle: values nest at most ${DEEPEST_MARK} deep`);
        }
        budget.charge(COST.mark, at);
        marks.push(stack.length);
        floor = stack.length;
        break;
      case 0x30: // POP
        if (stack.length === floor && marks.length > 0) popMark(0);
        else pop();
        break;
      case 0x31: // POP_MARK
        popMark(0);
        break;
      case 0x32: // DUP
        push(top());
        break;

      // --- the memo
      case 0x71: // BINPUT
        remember(window.uint8());
        break;
      case 0x72: // LONG_BINPUT
        remember(window.uint32());
        break;
      case 0x94: // MEMOIZE
        remember(memo.length);
        break;
      case 0x68: // BINGET
        recall(window.uint8());
        break;
      case 0x6a: // LONG_BINGET
        recall(window.uint32());
        break;

      // --- constants and numbers
      case 0x4e: // NONE
        push(null);
        break;
      case 0x88: // NEWTRUE
        push(true);
        break;
      case 0x89: // NEWFALSE
        push(false);
        break;
      case 0x4b: // BININT1
        push(window.uint8());
        break;
      case 0x4d: // BININT2
        push(window.uint16());
        break;
      case 0x4a: // BININT
        push(window.int32());
        break;
      case 0x8a: // LONG1
      case 0x8b: {
        // LONG4
        const length = opcode === 0x8a ? window.uint8() : window.uint32();
        if (!window.has(length)) await window.fill(Math.min(length, LONGEST_INTEGER));
        integer(length);
        break;
      }
      case 0x47: // BINFLOAT
        budget.charge(16, at);
        push(window.float64BigEndian());
        break;

      // --- strings and bytes
      case 0x8c: // SHORT_BINUNICODE
      case 0x58: // BINUNICODE
      case 0x8d: // BINUNICODE8
      case 0x55: // SHORT_BINSTRING
      case 0x54: {
        // BINSTRING
        const short = opcode === 0x8c || opcode === 0x55;
        const length = short ? window.uint8() : opcode === 0x8d ? window.uint64() : window.uint32();
        window.require(length, 'a string');
        if (length <= LONGEST_STRING && !window.has(length)) await window.fill(length);
        text(length, opcode === 0x55 || opcode === 0x54 ? 'latin1' : 'utf8');
        break;
      }
      case 0x43: // SHORT_BINBYTES
      case 0x42: // BINBYTES
      case 0x8e: // BINBYTES8
      case 0x96: {
        // BYTEARRAY8
        const length = opcode === 0x43 ? window.uint8() : opcode === 0x42 ? window.uint32() : window.uint64();
        if (length <= LONGEST_INLINE && !window.has(length)) await window.fill(length);
        bytes(length);
        break;
      }

      // --- containers
      case 0x29: // EMPTY_TUPLE
        push(EMPTY_TUPLE);
        break;
      case 0x85: // TUPLE1
        tuple([pop()]);
        break;
      case 0x86: {
        // TUPLE2
        const second = pop();
        tuple([pop(), second]);
        break;
      }
      case 0x87: {
        // TUPLE3
        const third = pop();
        const second = pop();
        tuple([pop(), second, third]);
        break;
      }
      case 0x74: // TUPLE
        tuple(popMark(COST.slot));
        break;
      case 0x5d: // EMPTY_LIST
        budget.charge(COST.list, at);
        push(new PickleList());
        break;
      case 0x61: {
        // APPEND
        const item = pop();
        append(top(), [item]);
        break;
      }
      case 0x65: {
        // APPENDS
        const items = popMark(COST.slot);
        append(top(), items);
        break;
      }
      case 0x7d: // EMPTY_DICT
        push(dict());
        break;
      case 0x73: {
        // SETITEM
        const value = pop();
        const key = pop();
        assign(top(), [key, value]);
        break;
      }
      case 0x75: {
        // SETITEMS
        const items = popMark(COST.slot);
        assign(top(), items);
        break;
      }
      case 0x8f: // EMPTY_SET
        budget.charge(COST.dict, at);
        push(new PickleSet());
        break;
      case 0x90: {
        // ADDITEMS
        const items = popMark(COST.slot);
        const set = top();
        if (!(set instanceof PickleSet)) throw malformed('items are added only to sets', describeValue(set));
        set.count += items.length;
        break;
      }
      case 0x91: {
        // FROZENSET
        const items = popMark(COST.slot);
        budget.charge(COST.dict, at);
        const set = new PickleSet();
        set.count = items.length;
        push(set);
        break;
      }

      // --- globals and what is made of them
      case 0x63: {
        // GLOBAL
        const module = await line();
        global(module, await line());
        break;
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = pop();
        global(pop(), name);
        break;
      }
      case 0x52: {
        // REDUCE
        const args = pop();
        const callee = pop();
        if (!(callee instanceof PickleGlobal)) throw malformed('REDUCE needs a global', describeValue(callee));
        if (!(args instanceof PickleTuple)) throw malformed('REDUCE needs a tuple', describeValue(args));
        budget.charge(4 * COST.box, at);
        push(reducePickle(callee, args.items, reduceContext));
        break;
      }
      case 0x81: {
        // NEWOBJ
        const args = pop();
        const type = pop();
        if (!(args instanceof PickleTuple) || args.items.length > 0) throw malformed('NEWOBJ needs an empty tuple');
        if (type instanceof PickleGlobal && type.role === 'dict-class') {
          push(dict());
        } else if (type instanceof PickleGlobal && type.role === 'object-class') {
          budget.charge(COST.box, at);
          push(new PickleObject(type));
        } else {
          throw malformed('NEWOBJ needs a class of the closed list', describeValue(type));
        }
        break;
      }
      case 0x62: {
        // BUILD
        const state = pop();
        build(top(), state, malformed);
        break;
      }
      case 0x51: {
        // BINPERSID
        const id = pop();
        if (persistentLoad === undefined) throw malformed('a persistent id stands where none is expected');
        budget.charge(4 * COST.box, at);
        push(persistentLoad(id, at));
        break;
      }
      default:
        throw malformed('an opcode is not one of protocols 2 to 5', `0x${opcode.toString(16).padStart(2, '0')}`);
    }
  }
}

/** How many bytes follow an opcode before anything whose length they tell. */
const OPERAND_BYTES: Uint8Array = (() => {
  const table = new Uint8Array(256);
  for (const code of [0x80, 0x71, 0x68, 0x4b, 0x8a, 0x8c, 0x55, 0x43]) table[code] = 1;
  table[0x4d] = 2;
  for (const code of [0x72, 0x6a, 0x4a, 0x8b, 0x58, 0x54, 0x42]) table[code] = 4;
  for (const code of [0x95, 0x47, 0x8d, 0x8e, 0x96]) table[code] = 8;
  return table;
})();

/** BUILD: gives an object its state. Nothing runs; attributes of dicts and modules are dropped. */
function build(target: PickleValue, state: PickleValue, malformed: Malformed): void {
  if (target instanceof PickleDict || target instanceof PickleModule) return;
  if (target instanceof PickleObject) {
    target.state = state;
    return;
  }
  if (target instanceof PickleDtype) {
    const order = state instanceof PickleTuple ? state.items[1] : undefined;
    if (order !== '<' && order !== '=' && order !== '|' && order !== '>') {
      throw malformed('a NumPy dtype has a byte order', describeValue(order));
    }
    target.littleEndian = order !== '>';
    return;
  }
  if (target instanceof PickleArray) {
    const items = state instanceof PickleTuple ? state.items : [];
    const [, shape, dtype, fortranOrder, data] = items;
    if (items.length !== 5 || !(shape instanceof PickleTuple) || !(dtype instanceof PickleDtype)) {
      throw malformed('a NumPy array has (version, shape, dtype, order, data)', describeValue(state));
    }
    fillArray(target, shape, dtype, fortranOrder === true, data, malformed);
    return;
  }
  throw malformed('BUILD needs an object of the closed list', describeValue(target));
}

function forbidden(module: string, name: string, offset: number): CheckpointError {
  return new CheckpointError('CHECKPOINT_FORBIDDEN_GLOBAL', 'the pickle names a global outside the closed list', {
    found: quote(`${module}.${name}`),
    offset,
    wayOut: 'It was not looked up or run. Save the generator alone, as its repository does, and import that file.',
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, encoding: 'utf8' | 'latin1'): string | null {
  if (encoding === 'latin1' || bytes.length < 32) {
    // Short names are ASCII nearly always, and the loop beats the decoder there.
    let value = '';
    for (const byte of bytes) {
      if (byte > 127 && encoding === 'utf8') return decodeUtf8(bytes);
      value += String.fromCharCode(byte);
    }
    return value;
  }
  return decodeUtf8(bytes);
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
