import type { Engine, Scene } from '../engine/engine.js';
import type { Picture } from '../picture/picture.js';
import type { DragReport } from './drag-report.js';
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

/** A code, its picture (null: forgotten, to be painted again when it is needed), and what led to it. */
type SessionEntry = { readonly w: Float32Array; readonly picture: Picture | null; readonly drag: DragReport | null };

/** The picture that a session shows, its features, and what came before and after it. Hands out no copies. */
export type SessionState = {
  readonly w: Float32Array;
  readonly image: Picture;
  readonly drag: DragReport | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** The features of the picture, made anew where there are none; the state's. */
  scene(): Promise<Scene>;
  /** Shows what a drag led to; the scene is the state's from now on. */
  push(scene: Scene, drag: DragReport): void;
  /** Steps back (negative) or forth. @returns whether there was anything */
  move(steps: number): Promise<boolean>;
  /** Frees the features. */
  free(): void;
};

/** Bytes of pictures that one session's history may hold; older ones are made anew when they are needed. */
const pictureBudget = 64 * 2 ** 20;
const historyLimit = 100;

/** @param w `[numWs * wDim]`, the state's from now on */
export async function createSessionState(engine: Engine, w: Float32Array): Promise<SessionState> {
  let scene: Scene | null = await engine.render(w);
  let image = scene.picture;
  let history: History<SessionEntry> = createHistory<SessionEntry>({ w, picture: image, drag: null });
  const free = () => {
    scene?.dispose();
    scene = null;
  };
  return {
    get w() {
      return currentEntry(history).w;
    },
    get image() {
      return image;
    },
    get drag() {
      return currentEntry(history).drag;
    },
    get canUndo() {
      return canUndo(history);
    },
    get canRedo() {
      return canRedo(history);
    },
    async scene() {
      scene ??= await engine.render(currentEntry(history).w);
      return scene;
    },
    push(next, drag) {
      free();
      scene = next;
      image = next.picture;
      history = boundPictures(pushEntry(history, { w: drag.w, picture: image, drag }, historyLimit));
    },
    async move(steps) {
      const next = moveInHistory(history, steps);
      if (next === history) return false;
      const entry = currentEntry(next);
      const picture = entry.picture ?? (await engine.paint(entry.w));
      free(); // the features are of the other picture; the next drag makes them anew
      image = picture;
      history = boundPictures(replaceEntry(next, { ...entry, picture }));
      return true;
    },
    free,
  };
}

/** Forgets the pictures that are farthest from the current entry until the others are within the budget. */
function boundPictures(history: History<SessionEntry>): History<SessionEntry> {
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
