import type { Budget } from './budget.js';
import type { ByteWindow } from './byte-window.js';
import { CheckpointError, type CheckpointErrorCode } from './checkpoint-error.js';
import type { PickleContext } from './pickle-build.js';
import { PickleDict, PickleTuple, type PickleValue } from './pickle-values.js';
import type { UnpickleOptions } from './unpickle.js';

const DEEPEST_MARK = 512;

/** What the machine's own objects take, in bytes: measured on V8 and rounded up. */
export const COST = {
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

/**
 * Stack, marks and memo of the virtual machine that reads a pickle. Everything it allocates is charged to the budget
 * first. What the opcodes do with them is in `pickle-opcodes.ts`.
 */
export class PickleMachine implements PickleContext {
  /** Where the current opcode stands. */
  at: number;
  /** Set by STOP. */
  result: PickleValue | undefined;
  readonly budget: Budget;
  private readonly stack: PickleValue[] = [];
  private readonly marks: number[] = [];
  private readonly memo: PickleValue[] = [];
  private highest = 0;
  /** The stack's height at the last mark: nothing below may be popped. */
  private floor = 0;

  constructor(
    readonly window: ByteWindow,
    readonly options: UnpickleOptions,
  ) {
    this.budget = options.budget;
    this.at = window.position;
  }

  // --- errors

  fail(code: CheckpointErrorCode, rule: string, found?: string): CheckpointError {
    const wayOut = 'The file is damaged or not a checkpoint.';
    return new CheckpointError(code, `pickle: ${rule}`, { offset: this.at, found, wayOut });
  }

  /** A property, so that it can be taken off the machine. */
  readonly malformed = (rule: string, found?: string): CheckpointError =>
    this.fail('CHECKPOINT_MALFORMED', rule, found);

  // --- the stack

  push(value: PickleValue): void {
    if (this.stack.length >= this.highest) {
      this.budget.charge(COST.stackSlot, this.at);
      this.highest = this.stack.length + 1;
    }
    this.stack.push(value);
  }

  pop(): PickleValue {
    if (this.stack.length <= this.floor) throw this.malformed('an opcode takes more than the stack holds');
    return this.stack.pop() as PickleValue;
  }

  top(): PickleValue {
    if (this.stack.length <= this.floor) throw this.malformed('an opcode reads an empty stack');
    return this.stack[this.stack.length - 1] as PickleValue;
  }

  mark(): void {
    if (this.marks.length >= DEEPEST_MARK) {
      throw this.fail('CHECKPOINT_LIMIT', `values nest at most ${DEEPEST_MARK} deep`);
    }
    this.budget.charge(COST.mark, this.at);
    this.marks.push(this.stack.length);
    this.floor = this.stack.length;
  }

  /** Everything above the last mark, which goes away with it. */
  popMark(costPerItem: number): readonly PickleValue[] {
    if (this.marks.length === 0) throw this.malformed('an opcode needs a mark');
    const count = this.stack.length - this.floor;
    this.budget.charge(count * costPerItem, this.at);
    this.budget.step(count, this.at);
    const items = count === 0 ? NOTHING : this.stack.splice(this.floor);
    this.marks.pop();
    this.floor = this.marks[this.marks.length - 1] ?? 0;
    return items;
  }

  /** POP, which takes a mark where one stands on top. */
  drop(): void {
    if (this.stack.length === this.floor && this.marks.length > 0) this.popMark(0);
    else this.pop();
  }

  stop(): void {
    if (this.marks.length > 0 || this.stack.length !== 1) throw this.malformed('STOP needs a stack of one value');
    this.result = this.pop();
  }

  // --- the memo

  remember(index: number): void {
    if (index > this.window.end) {
      throw this.fail('CHECKPOINT_LIMIT', 'a memo index lies beyond the file length', String(index));
    }
    const value = this.top();
    const { memo } = this;
    if (index < memo.length) {
      memo[index] = value;
      return;
    }
    // Python numbers the memo densely; a gap is charged for, so that a sparse index cannot be used to allocate.
    this.budget.charge((index + 1 - memo.length) * COST.memoSlot, this.at);
    while (memo.length < index) memo.push(null);
    memo.push(value);
  }

  rememberNext(): void {
    this.remember(this.memo.length);
  }

  recall(index: number): void {
    if (index >= this.memo.length) throw this.malformed('a memo entry is read before it is written', String(index));
    this.push(this.memo[index] as PickleValue);
  }

  // --- values

  tuple(items: readonly PickleValue[]): void {
    if (items.length === 0) {
      this.push(EMPTY_TUPLE);
      return;
    }
    this.budget.charge(COST.tuple + items.length * COST.slot, this.at);
    this.push(new PickleTuple(items));
  }

  readonly dict = (): PickleDict => {
    this.budget.charge(COST.dict, this.at);
    return new PickleDict();
  };
}
