import { isAutodragError } from '@autodrag/nn';
import { type Mask, optimizationMethods } from '../engine/optimizer.js';
import { SessionError } from '../errors.js';
import type { Point } from '../picture/points.js';
import { describe } from './describe.js';
import type { DragMethod, RefineSettings } from './drag-scene.js';
import { checkMask } from './mask.js';
import type { DragCall, DragStep } from './run-drag.js';

export type DragOptions = {
  /** At most so many calls of the predictor, each continuing where the last one ended. @default 4 */
  calls?: number;
  /** Points that should stay where they are. @default [] */
  anchors?: readonly Point[];
  /**
   * What must stay, by pixel of the picture, row by row: 1 for fixed, 0 for what may change. The predictor is given
   * points of it as anchors; `refine` and the optimisations hold all of it. How far it changed all the same is in the
   * report.
   *
   * @default nothing is fixed
   */
  mask?: Mask;
  /**
   * After the predictor, a few steps of optimisation that bring the handles home and hold anchors and mask. Needs
   * gradients: `@tensorflow/tfjs`, on wasm `registerWasmGradients()` of `@autodrag/wasm-gradients`.
   *
   * @default false
   */
  refine?: boolean | RefineSettings;
  /**
   * The predictor, or an optimisation (DragGAN, FreeDrag), which takes many times as long and needs gradients as
   * `refine` does.
   *
   * @default 'predictor', and 'draggan' for a model without one
   */
  method?: DragMethod;
  /** Steps of an optimisation, at most. @default 300 */
  steps?: number;
  /** A drag ends when the handles are this near to their targets, in pixels. @default 0.4 % of the picture's width */
  tolerance?: number;
  /** Ends the drag early; the session then is as it was before it. */
  signal?: AbortSignal;
  /** Called for each code that the predictor gives. */
  onStep?: (step: DragStep) => void;
  /** Called after each call of the predictor, with a picture. */
  onCall?: (call: DragCall) => void;
};

export type PreviewOptions = Pick<DragOptions, 'anchors' | 'signal'> & {
  /**
   * A picture of half the size, enlarged, for about two thirds of the time. Only generators of the architecture `skip`,
   * as those of this project are, have such ones; others give a whole picture, and its `draft` says so.
   *
   * @default false
   */
  draft?: boolean;
};

/** The options of a drag, checked and copied. */
export type ReadDragOptions = Required<Pick<DragOptions, 'calls' | 'tolerance' | 'method'>> &
  Pick<DragOptions, 'signal' | 'onStep' | 'onCall' | 'steps' | 'mask'> & {
    readonly anchors: unknown;
    readonly refine: RefineSettings | null;
    readonly draft: boolean;
  };

/**
 * Reads the options of a drag, once.
 *
 * @param size of the picture, in pixels
 * @param usual the method where none is given
 * @throws SessionError, or for a mask PointError, naming the option, the rule and the value
 */
export function readDragOptions(
  options: unknown,
  size: { width: number; height: number },
  usual: DragMethod,
): ReadDragOptions {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new SessionError(`drag: options: expected { calls, anchors, … }, got ${describe(options)}.`);
  }
  try {
    return read({ ...(options as DragOptions | undefined) }, size, usual);
  } catch (cause) {
    if (isAutodragError(cause)) throw cause;
    throw new SessionError('drag: options: they cannot be read. Give a plain object.', { cause });
  }
}

function read(
  given: DragOptions & PreviewOptions,
  size: { width: number; height: number },
  usual: DragMethod,
): ReadDragOptions {
  const { calls = 4, anchors = [], tolerance = 0.004 * size.width, method = usual, steps, onStep, onCall } = given;
  const { draft = false } = given;
  if (method !== 'predictor' && !optimizationMethods.includes(method)) {
    throw new SessionError(
      `drag: method: expected one of predictor, ${optimizationMethods.join(', ')}, got ${describe(method)}.`,
    );
  }
  checkWhole('calls', calls, 100);
  if (steps !== undefined) checkWhole('steps', steps, 100_000);
  const most = Math.hypot(size.width, size.height);
  if (!(typeof tolerance === 'number' && tolerance >= 0 && tolerance <= most)) {
    throw new SessionError(
      `drag: tolerance: expected pixels, from 0 to ${Math.ceil(most)} (the diagonal), got ${describe(tolerance)}.`,
    );
  }
  for (const [name, callback] of Object.entries({ onStep, onCall })) {
    if (callback === undefined || typeof callback === 'function') continue;
    throw new SessionError(`drag: ${name}: expected a function, got ${describe(callback)}.`);
  }
  if (typeof draft !== 'boolean') {
    throw new SessionError(`preview: draft: expected true or false, got ${describe(draft)}.`);
  }
  const refine = readRefine(given.refine);
  const mask = readMask(given.mask, size);
  const signal = readSignal(given.signal);
  return { calls, anchors, tolerance, method, steps, refine, draft, mask, signal, onStep, onCall };
}

function readRefine(refine: unknown): RefineSettings | null {
  if (refine === undefined || refine === false) return null;
  if (refine === true) return {};
  if (typeof refine !== 'object' || refine === null) {
    throw new SessionError(`drag: refine: expected true, false or { steps }, got ${describe(refine)}.`);
  }
  const { steps } = refine as RefineSettings;
  if (steps === undefined) return {};
  checkWhole('refine.steps', steps, 100_000);
  return { steps };
}

function readMask(mask: DragOptions['mask'], size: { width: number; height: number }): Mask | undefined {
  if (mask === undefined) return undefined;
  checkMask(mask, size);
  return Float32Array.from(mask);
}

function checkWhole(name: string, value: unknown, most: number): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return;
  throw new SessionError(`drag: ${name}: expected a whole number from 1 to ${most}, got ${describe(value)}.`);
}

/** @throws SessionError if it is no AbortSignal */
function readSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined;
  // one of another realm is none of our class
  if (typeof (signal as AbortSignal).throwIfAborted === 'function') return signal as AbortSignal;
  throw new SessionError(`drag: signal: expected an AbortSignal, got ${describe(signal)}.`);
}
