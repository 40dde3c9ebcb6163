import type { Engine, Scene } from '../engine/engine.js';
import { type Mask, type Optimizer, optimizationMethods } from '../engine/optimizer.js';
import { ModelError, SessionError } from '../errors.js';
import { type PadOptions, padPicture } from '../picture/pad-picture.js';
import { type CanvasLike, drawPicture, type Picture } from '../picture/picture.js';
import { type DragPoint, distance, type Point } from '../picture/points.js';
import { checkPoints } from './check-points.js';
import { type DragMethod, dragScene, type RefineSettings } from './drag-scene.js';
import {
  canRedo,
  canUndo,
  createHistory,
  currentEntry,
  type History,
  moveInHistory,
  pushEntry,
  replaceEntry,
} from './history.js';
import { checkMask, maskChange } from './mask.js';
import type { DragCall, DragStep } from './run-drag.js';

export type DragOptions = {
  /** At most so many calls of the predictor, each continuing where the last one ended. @default 4 */
  calls?: number;
  /** Points that should stay where they are. @default [] */
  anchors?: readonly Point[];
  /**
   * What must stay, by pixel of the picture, row by row: 1 for fixed, 0 for what may change. The predictor is given points of
   * it as anchors; `refine` and the optimisations hold all of it. How far it changed all the same is in the report.
   *
   * @default nothing is fixed
   */
  mask?: Mask;
  /**
   * After the predictor, a few steps of optimisation that bring the handles home and hold anchors and mask. Needs gradients:
   * `@tensorflow/tfjs`, on wasm `registerWasmGradients()` of `@autodrag/wasm-gradients`.
   *
   * @default false
   */
  refine?: boolean | RefineSettings;
  /**
   * The predictor, or an optimisation (DragGAN, FreeDrag), which takes many times as long and needs gradients as `refine` does.
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

/** How one point fared. Distances are in pixels and as tracked in the generator's features. */
export type DraggedPoint = DragPoint & {
  readonly reached: Point;
  readonly distanceBefore: number;
  readonly distanceAfter: number;
};

/** How one anchor fared, in pixels and as tracked in the generator's features. */
export type HeldAnchor = {
  readonly anchor: Point;
  readonly reached: Point;
  /** How far it slipped. Where this is not small, the picture cannot do what was asked. */
  readonly slip: number;
};

/** What became of a drag. */
export type DragReport = {
  /** The code of the image, `[numWs * wDim]`. */
  readonly w: Float32Array;
  /** The motion: all codes from before the drag to the result. */
  readonly codes: readonly Float32Array[];
  readonly points: readonly DraggedPoint[];
  /** One for each anchor; null after `refine` and the optimisations, which do not follow them. */
  readonly anchors: readonly HeldAnchor[] | null;
  /** Mean over the points. */
  readonly distanceBefore: number;
  /** Mean over the points; never more than before. */
  readonly distanceAfter: number;
  /** False where no call came nearer: the picture then is unchanged, and nothing was added to the history. */
  readonly moved: boolean;
  /** Calls of the predictor that were made. */
  readonly calls: number;
  /** Passes of the generator forth and back that `refine` or an optimisation made. */
  readonly passes: number;
  /** Mean absolute change of what the mask fixes, in steps of a picture's 256; null without a mask. */
  readonly maskChange: number | null;
  readonly milliseconds: number;
};

export type DragResult = DragReport & { readonly image: Picture };

/**
 * An edit of one picture: drags in a row with undo and redo. It owns the features of the current picture; `dispose()`
 * frees them. The history holds codes and pictures in ordinary memory, no tensors.
 */
export type Session = {
  /** The current code, `[numWs * wDim]`, layer by layer. A copy. */
  readonly w: Float32Array;
  /** The current picture, without padding: points are in its pixels. */
  readonly image: Picture;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** What led to the current picture; null for the first one. */
  readonly lastDrag: DragReport | null;
  /**
   * Pulls what is at each handle to its target.
   *
   * @throws PointError if a point breaks a rule; SessionError if the session is busy or disposed; the signal's reason
   */
  drag(points: readonly DragPoint[], options?: DragOptions): Promise<DragResult>;
  /** One step back. @returns whether there was one */
  undo(): Promise<boolean>;
  /** One step forth again. @returns whether there was one */
  redo(): Promise<boolean>;
  /**
   * The current picture as it is shown, RGBA: padded to a square with white where it is none. The size, and where points
   * are in it, is the model's `display`. A copy.
   */
  toPixels(options?: PadOptions): Uint8ClampedArray<ArrayBuffer>;
  /** Puts the current picture on a canvas, which takes its size; padded as `toPixels` does. */
  draw(canvas: CanvasLike, options?: PadOptions): void;
  /** The pictures of a motion, one after the other, each made when it is asked for. @param codes of the last drag by default */
  frames(codes?: readonly Float32Array[]): AsyncGenerator<Picture>;
  /** Frees the features. The session is of no use afterwards. */
  dispose(): void;
};

type Entry = { readonly w: Float32Array; readonly picture: Picture | null; readonly drag: DragReport | null };

/** Bytes of pictures that one session's history may hold; older ones are made anew when they are needed. */
const pictureBudget = 64 * 2 ** 20;
const historyLimit = 100;

/** @param w `[numWs * wDim]` */
export async function createSession(
  engine: Engine & { readonly optimizer: Optimizer },
  w: Float32Array,
): Promise<Session> {
  let scene: Scene | null = await engine.render(w);
  let image = scene.picture;
  let history: History<Entry> = createHistory<Entry>({ w, picture: image, drag: null });
  let busy: string | null = null;
  let disposed = false;

  const alone = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (disposed) throw new SessionError(`${name}: this session is disposed. Make another with sample().`);
    if (busy)
      throw new SessionError(
        `${name}: this session is busy with ${busy}(). Await it first, or abort it by its signal.`,
      );
    busy = name;
    try {
      return await work();
    } finally {
      busy = null;
      if (disposed) free();
    }
  };
  const free = () => {
    scene?.dispose();
    scene = null;
  };
  const move = async (steps: number): Promise<boolean> => {
    const next = moveInHistory(history, steps);
    if (next === history) return false;
    const entry = currentEntry(next);
    const picture = entry.picture ?? (await engine.paint(entry.w));
    free(); // the features are of the other picture; the next drag makes them anew
    image = picture;
    history = boundPictures(replaceEntry(next, { ...entry, picture }));
    return true;
  };

  return {
    get w() {
      return currentEntry(history).w.slice();
    },
    get image() {
      return image;
    },
    get canUndo() {
      return canUndo(history);
    },
    get canRedo() {
      return canRedo(history);
    },
    get lastDrag() {
      return currentEntry(history).drag;
    },
    drag: (points, options = {}) =>
      alone('drag', async () => {
        const { calls = 4, anchors = [], tolerance, mask, refine = false, steps, signal, onStep, onCall } = options;
        const { method = engine.maxPoints > 0 ? 'predictor' : 'draggan' } = options;
        if (method !== 'predictor' && !optimizationMethods.includes(method)) {
          throw new SessionError(
            `drag: method: expected one of predictor, ${optimizationMethods.join(', ')}, got '${String(method)}'.`,
          );
        }
        if (method === 'predictor' && engine.maxPoints === 0) {
          throw new ModelError(
            "drag: this model has no predictor. Leave method out, or give 'draggan' or 'freedrag', to drag by optimisation; or load a predictor, made by autodrag train predictor.",
          );
        }
        const maxPoints = method === 'predictor' ? engine.maxPoints : Number.POSITIVE_INFINITY;
        checkPoints(points, anchors, { width: image.width, height: image.height, maxPoints });
        checkMask(mask, image);
        checkSteps('steps', steps);
        const refining = refine === true ? {} : refine || null;
        checkSteps('refine.steps', refining?.steps);
        if (!Number.isInteger(calls) || calls < 1 || calls > 100) {
          throw new SessionError(`drag: calls: expected a whole number from 1 to 100, got ${String(calls)}.`);
        }
        const enough = tolerance ?? 0.004 * image.width;
        if (!(enough >= 0))
          throw new SessionError(`drag: tolerance: expected pixels, 0 or more, got ${String(tolerance)}.`);
        const from = performance.now();
        const before = currentEntry(history).w;
        scene ??= await engine.render(before);
        const settings = {
          method,
          calls,
          anchors,
          tolerance: enough,
          mask,
          refine: refining,
          steps,
          signal,
          onStep,
          onCall,
        };
        const first = image;
        const run = await dragScene(engine, { scene, w: before }, points, settings);
        const moved = run.scene !== scene;
        if (moved) {
          scene.dispose();
          scene = run.scene;
          image = scene.picture;
        }
        const report: DragReport = {
          w: run.w.slice(),
          codes: run.codes,
          points: points.map(({ handle, target }, i) => {
            const reached = run.reached[i] as Point;
            return {
              handle,
              target,
              reached,
              distanceBefore: distance(handle, target),
              distanceAfter: distance(reached, target),
            };
          }),
          anchors:
            run.anchorsReached &&
            anchors.map((anchor, i) => {
              const reached = run.anchorsReached?.[i] as Point;
              return { anchor, reached, slip: distance(reached, anchor) };
            }),
          distanceBefore: run.distanceBefore,
          distanceAfter: run.distanceAfter,
          moved,
          calls: run.calls,
          passes: run.passes,
          maskChange: mask ? maskChange(mask, first, image) : null,
          milliseconds: performance.now() - from,
        };
        if (moved) {
          history = boundPictures(pushEntry(history, { w: run.w, picture: image, drag: report }, historyLimit));
        }
        return { ...report, image };
      }),
    undo: () => alone('undo', () => move(-1)),
    redo: () => alone('redo', () => move(1)),
    toPixels: (options) => new Uint8ClampedArray(padPicture(image, options).data),
    draw: (canvas, options) => drawPicture(padPicture(image, options), canvas),
    async *frames(codes = currentEntry(history).drag?.codes ?? [currentEntry(history).w]) {
      for (const code of codes) yield await engine.paint(code);
    },
    dispose() {
      disposed = true;
      if (!busy) free(); // otherwise when the work ends
    },
  };
}

function checkSteps(name: string, steps: number | undefined): void {
  if (steps === undefined || (Number.isInteger(steps) && steps >= 1)) return;
  throw new SessionError(`drag: ${name}: expected a whole number of at least 1, got ${String(steps)}.`);
}

/** Forgets the pictures that are farthest from the current entry until the others are within the budget. */
function boundPictures(history: History<Entry>): History<Entry> {
  const each = currentEntry(history).picture?.data.length ?? 0;
  const keep = Math.max(1, Math.floor(pictureBudget / Math.max(each, 1)));
  const far = (i: number) => Math.abs(i - history.index) * 2 >= keep;
  if (!history.entries.some((entry, i) => entry.picture && far(i) && i !== history.index)) return history;
  return {
    index: history.index,
    entries: history.entries.map((entry, i) => {
      if (!far(i) || i === history.index) return entry;
      return { w: entry.w, picture: null, drag: entry.drag };
    }),
  };
}
