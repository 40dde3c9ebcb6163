import type { Engine, Scene } from '../engine/engine.js';
import type { Optimizer } from '../engine/optimizer.js';
import { ModelError, SessionError } from '../errors.js';
import { type PadOptions, padPicture } from '../picture/pad-picture.js';
import { type CanvasLike, drawPicture, type Picture } from '../picture/picture.js';
import type { DragPoint } from '../picture/points.js';
import { type DragOptions, type PreviewOptions, type ReadDragOptions, readDragOptions } from './drag-options.js';
import { copyPicture, copyReport, type DragReport, type DragResult } from './drag-report.js';
import { dragScene } from './drag-scene.js';
import type { DragTask } from './drag-task.js';
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
import { createLatestOnly } from './latest-only.js';
import { createLifetime, type Lifetime } from './lifetime.js';
import { maskChange } from './mask.js';
import { readCodes } from './read-codes.js';
import { readPoints } from './read-points.js';
import { runPreview } from './run-drag.js';

/**
 * An edit of one picture: drags in a row with undo and redo. It owns the features of the current picture; `dispose()`
 * frees them. The history holds codes and pictures in ordinary memory, no tensors. Codes and pictures that it hands out
 * are copies.
 */
export type Session = {
  /** The current code, `[numWs * wDim]`, layer by layer. */
  readonly w: Float32Array;
  /** The current picture, without padding: points are in its pixels. */
  readonly image: Picture;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** What led to the current picture; null for the first one. */
  readonly lastDrag: DragReport | null;
  /**
   * Pulls what is at each handle to its target, while the anchors stay where they are.
   *
   * @throws PointError if a point breaks a rule; SessionError if an option does, the session is busy, or it or its
   * models are
   *   disposed, also meanwhile; ModelError if the model has no predictor, or gives what is no number; the signal's
   *   reason
   */
  drag(points: readonly DragPoint[], options?: DragOptions): Promise<DragResult>;
  /**
   * Shows about what a drag would give, for as long as a pointer moves: one call of the predictor, its last picture,
   * and no look at whether it came nearer. Nothing is kept. Of several at once the latest wins.
   *
   * @returns the picture, or null if another preview, a drag, an undo or a redo was asked for meanwhile
   * @throws as `drag`
   */
  preview(points: readonly DragPoint[], options?: PreviewOptions): Promise<Picture | null>;
  /** One step back. @returns whether there was one */
  undo(): Promise<boolean>;
  /** One step forth again. @returns whether there was one */
  redo(): Promise<boolean>;
  /**
   * The current picture as it is shown, RGBA: padded to a square with white where it is none. The size, and where
   * points are in it, is the model's `display`.
   */
  toPixels(options?: PadOptions): Uint8ClampedArray<ArrayBuffer>;
  /** Puts the current picture on a canvas, which takes its size; padded as `toPixels` does. */
  draw(canvas: CanvasLike, options?: PadOptions): void;
  /**
   * The pictures of a motion, one after the other, each made when it is asked for.
   *
   * @param codes of the last drag by default
   */
  frames(codes?: readonly Float32Array[]): AsyncGenerator<Picture>;
  /**
   * Frees the features. What is at work is stopped, and rejects with SessionError; nothing can be asked for afterwards.
   */
  dispose(): void;
};

type Entry = { readonly w: Float32Array; readonly picture: Picture | null; readonly drag: DragReport | null };

/** Bytes of pictures that one session's history may hold; older ones are made anew when they are needed. */
const pictureBudget = 64 * 2 ** 20;
const historyLimit = 100;

/**
 * @param w `[numWs * wDim]`, the session's from now on
 * @param models of the engine: the session ends with them
 */
export async function createSession(
  engine: Engine & { readonly optimizer: Optimizer },
  w: Float32Array,
  models: Lifetime,
): Promise<Session> {
  let scene: Scene | null = await engine.render(w);
  let image = scene.picture;
  let history: History<Entry> = createHistory<Entry>({ w, picture: image, drag: null });
  let busy: string | null = null;
  const previews = createLatestOnly();
  const free = () => {
    scene?.dispose();
    scene = null;
  };
  const life = createLifetime('this session is disposed. Make another with sample().', free);

  const during = <T>(name: string, work: () => Promise<T>): Promise<T> =>
    models.during(name, () => life.during(name, work));
  const checkFree = (name: string) => {
    models.check(name);
    life.check(name);
    if (!busy) return;
    throw new SessionError(`${name}: this session is busy with ${busy}(). Await it first, or abort it by its signal.`);
  };
  /** Does what changes the session: one at a time, and no preview beside it. */
  const alone = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    checkFree(name);
    busy = name;
    try {
      return await during(name, async () => {
        await previews.stop();
        return await work();
      });
    } finally {
      busy = null;
    }
  };
  /** What work calls between its steps: throws when it has to stop. */
  const checkpoint = (name: string, signal: AbortSignal | undefined) => () => {
    models.check(name);
    life.check(name);
    signal?.throwIfAborted();
  };
  /** Reads points and options before anything is waited for: what becomes of them afterwards does not matter. */
  const readTask = (name: string, given: unknown, options: unknown) => {
    const usual = engine.maxPoints > 0 ? 'predictor' : 'draggan';
    const { anchors, ...settings } = readDragOptions(options, image, name === 'preview' ? 'predictor' : usual);
    if (settings.method === 'predictor' && engine.maxPoints === 0) {
      const way =
        name === 'preview' ? '' : "Leave method out, or give 'draggan' or 'freedrag', to drag by optimisation; or load";
      throw new ModelError(
        `${name}: this model has no predictor. ${way || 'Load'} a predictor, made by autodrag train predictor.`,
      );
    }
    const maxPoints = settings.method === 'predictor' ? engine.maxPoints : Number.POSITIVE_INFINITY;
    const task: DragTask = readPoints(given, anchors, { where: name, ...image, maxPoints });
    return { task, settings };
  };
  const sceneNow = async () => {
    scene ??= await engine.render(currentEntry(history).w);
    return scene;
  };

  const drag = async (given: unknown, options: unknown): Promise<DragResult> => {
    checkFree('drag');
    const { task, settings } = readTask('drag', given, options);
    return alone('drag', () => dragNow(task, settings));
  };

  const dragNow = async (task: DragTask, settings: Omit<ReadDragOptions, 'anchors'>): Promise<DragResult> => {
    const check = checkpoint('drag', settings.signal);
    const from = performance.now();
    const first = image;
    check();
    const before = await sceneNow();
    check();
    const start = { scene: before, w: currentEntry(history).w };
    const run = await dragScene(engine, start, task, { ...settings, check });
    const moved = run.scene !== before;
    if (moved) {
      free();
      scene = run.scene;
      image = run.scene.picture;
    }
    const { w, codes, outcome, attempt, distanceBefore, calls, passes } = run;
    const changed = settings.mask ? maskChange(settings.mask, first, image) : null;
    const milliseconds = performance.now() - from;
    const numbers = { distanceBefore, moved, attempt, calls, passes, maskChange: changed, milliseconds };
    const report: DragReport = { ...outcome, w, codes, ...numbers };
    if (moved) {
      const entry = { w, picture: image, drag: report };
      history = boundPictures(pushEntry(history, entry, historyLimit));
    }
    return { ...copyReport(report), image: copyPicture(image) };
  };

  const preview = async (points: unknown, options: unknown): Promise<Picture | null> => {
    checkFree('preview');
    const { task, settings } = readTask('preview', points, options);
    const check = checkpoint('preview', settings.signal);
    check();
    return during('preview', () =>
      previews.run(async (current) => {
        check();
        const start = { scene: await sceneNow(), w: currentEntry(history).w };
        return runPreview(engine, start, task, { check, current });
      }),
    );
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
      return copyPicture(image);
    },
    get canUndo() {
      return canUndo(history);
    },
    get canRedo() {
      return canRedo(history);
    },
    get lastDrag() {
      const { drag } = currentEntry(history);
      return drag && copyReport(drag);
    },
    drag,
    preview,
    undo: () => alone('undo', () => move(-1)),
    redo: () => alone('redo', () => move(1)),
    toPixels: (options) => new Uint8ClampedArray(padPicture(image, options).data),
    draw: (canvas, options) => drawPicture(padPicture(image, options), canvas),
    async *frames(codes) {
      const entry = currentEntry(history);
      const motion = codes === undefined ? (entry.drag?.codes ?? [entry.w]) : readCodes(codes, engine, 'frames');
      for (const code of motion) yield await during('frames', () => engine.paint(code));
    },
    dispose: () => life.end(),
  };
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
