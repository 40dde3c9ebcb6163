import type { Engine } from '../engine/engine.js';
import type { Optimizer } from '../engine/optimizer.js';
import { type PadOptions, padPicture } from '../picture/pad-picture.js';
import { type CanvasLike, drawPicture, type Picture } from '../picture/picture.js';
import type { DragPoint } from '../picture/points.js';
import type { DragOptions, PreviewOptions } from './drag-options.js';
import { copyPicture, copyReport, type DragReport, type DragResult } from './drag-report.js';
import { dragScene } from './drag-scene.js';
import { createLifetime, type Lifetime } from './lifetime.js';
import { maskChange } from './mask.js';
import { readCodes } from './read-codes.js';
import { type ReadTask, readTask } from './read-task.js';
import { type Preview, runPreview } from './run-drag.js';
import { createSessionState } from './session-state.js';
import { createSessionWork } from './session-work.js';

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
   * @returns the picture, and whether it is a draft; or null if another preview, a drag, an undo or a redo was asked
   * for meanwhile
   * @throws as `drag`
   */
  preview(points: readonly DragPoint[], options?: PreviewOptions): Promise<Preview | null>;
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

/**
 * @param w `[numWs * wDim]`, the session's from now on
 * @param models of the engine: the session ends with them
 */
export async function createSession(
  engine: Engine & { readonly optimizer: Optimizer },
  w: Float32Array,
  models: Lifetime,
): Promise<Session> {
  const state = await createSessionState(engine, w);
  const life = createLifetime('this session is disposed. Make another with sample().', state.free);
  const work = createSessionWork(life, models);

  const dragNow = async ({ task, settings }: ReadTask): Promise<DragResult> => {
    const check = work.checkpoint('drag', settings.signal);
    const from = performance.now();
    const first = state.image;
    check();
    const before = await state.scene();
    check();
    const run = await dragScene(engine, { scene: before, w: state.w }, task, { ...settings, check });
    const moved = run.scene !== before;
    const { w, codes, outcome, attempt, distanceBefore, calls, passes, looks } = run;
    const changed = settings.mask ? maskChange(settings.mask, first, moved ? run.scene.picture : first) : null;
    const milliseconds = performance.now() - from;
    const numbers = { distanceBefore, moved, attempt, calls, passes, looks, maskChange: changed, milliseconds };
    const report: DragReport = { ...outcome, w, codes, ...numbers };
    if (moved) state.push(run.scene, report);
    return { ...copyReport(report), image: copyPicture(state.image) };
  };

  return {
    get w() {
      return state.w.slice();
    },
    get image() {
      return copyPicture(state.image);
    },
    get canUndo() {
      return state.canUndo;
    },
    get canRedo() {
      return state.canRedo;
    },
    get lastDrag() {
      return state.drag && copyReport(state.drag);
    },
    async drag(points, options) {
      work.checkFree('drag');
      const asked = readTask('drag', points, options, engine, state.image);
      return work.alone('drag', () => dragNow(asked));
    },
    async preview(points, options) {
      work.checkFree('preview');
      const { task, settings } = readTask('preview', points, options, engine, state.image);
      const check = work.checkpoint('preview', settings.signal);
      check();
      return work.latest('preview', async (current) => {
        check();
        const start = { scene: await state.scene(), w: state.w };
        return runPreview(engine, start, task, { check, current, draft: settings.draft });
      });
    },
    undo: () => work.alone('undo', () => state.move(-1)),
    redo: () => work.alone('redo', () => state.move(1)),
    toPixels: (options) => new Uint8ClampedArray(padPicture(state.image, options).data),
    draw: (canvas, options) => drawPicture(padPicture(state.image, options), canvas),
    async *frames(codes) {
      const motion = codes === undefined ? (state.drag?.codes ?? [state.w]) : readCodes(codes, engine, 'frames');
      for (const code of motion) yield await work.during('frames', () => engine.paint(code));
    },
    dispose: () => life.end(),
  };
}
