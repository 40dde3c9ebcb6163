import type { Turns } from '@autodrag/nn';
import type { Budget } from './budget.js';
import type { ByteWindow } from './byte-window.js';
import type { CheckpointError } from './checkpoint-error.js';
import { PickleMachine } from './pickle-machine.js';
import { OPCODES } from './pickle-opcodes.js';
import type { PickleValue } from './pickle-values.js';

export type UnpickleOptions = {
  budget: Budget;
  /** Lets others work now and then, and stops at the signal. */
  turns?: Turns;
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

/** Between two looks at the clock. */
const STEPS_AT_ONCE = 1024;
/** An opcode and its longest operand. */
const LONGEST_OPCODE = 9;

/**
 * Runs one pickle of protocol 2 to 5 in a virtual machine that executes nothing: globals come from a closed list and
 * stand for inert data, everything it allocates is charged to the budget first, bytes objects stay ranges of the file.
 * The window is left behind the pickle's STOP.
 *
 * @throws CheckpointError
 */
export async function unpickle(window: ByteWindow, options: UnpickleOptions): Promise<PickleValue> {
  const { budget, tick, turns } = options;
  const machine = new PickleMachine(window, options);
  await readProtocol(machine);
  for (let steps = 0; machine.result === undefined; ) {
    if (++steps === STEPS_AT_ONCE) {
      budget.step(steps, window.position);
      steps = 0;
      tick?.(window.position);
      if (turns?.due()) await turns.take();
    }
    if (!window.has(LONGEST_OPCODE)) {
      await window.fill(LONGEST_OPCODE);
      tick?.(window.position);
    }
    machine.at = window.position;
    window.require(1, 'an opcode');
    const code = window.uint8();
    const opcode = OPCODES[code];
    if (opcode === undefined) {
      const found = `0x${code.toString(16).padStart(2, '0')}`;
      throw machine.malformed('an opcode is not one of protocols 2 to 5', found);
    }
    if (opcode.operand > 0) window.require(opcode.operand, 'an opcode');
    const waiting = opcode.run(machine);
    if (waiting !== undefined) await waiting;
    if (machine.result !== undefined) budget.step(steps, window.position);
  }
  return machine.result;
}

async function readProtocol(machine: PickleMachine): Promise<void> {
  const { window } = machine;
  if (!window.has(2)) await window.fill(2);
  window.require(2, 'a pickle');
  if (window.uint8() !== 0x80) throw machine.malformed('a pickle of protocol 2 to 5 begins with byte 0x80');
  const protocol = window.uint8();
  if (protocol < 2 || protocol > 5) {
    throw machine.fail('CHECKPOINT_UNSUPPORTED', 'protocols 2 to 5 are read', `protocol ${protocol}`);
  }
}
