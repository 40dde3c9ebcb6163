import type { DragPoint, Picture, Point } from '@autodrag/autodrag';
import type { SessionInfo } from '../session/editor-session.js';
import type { EditorDocument, Frame, Origin } from './document.js';

/** What a press on the picture means. */
export type Tool = 'drag' | 'anchor' | 'mask' | 'erase';

/**
 * Where the editor stands. `working` is any request to the session, `playing` the motion that is shown after a drag.
 */
export type Phase = 'loading' | 'ready' | 'working' | 'playing' | 'failed';

/** A point of the document: what can be moved, nudged and deleted. */
export type PointRef = { readonly kind: 'handle' | 'target' | 'anchor'; readonly index: number };

export type Gesture =
  /** A new pair: pressed and pulled, or, after a click without a pull, waiting for the second click. */
  | {
      readonly kind: 'pull';
      readonly pointer: number;
      readonly handle: Point;
      readonly at: Point;
      readonly pressed: boolean;
    }
  /** A point that is moved: `from` is where it was, `offset` from where it was taken hold of to its middle. */
  | {
      readonly kind: 'move';
      readonly pointer: number;
      readonly point: PointRef;
      readonly offset: Point;
      readonly from: Point;
      readonly at: Point;
    }
  | { readonly kind: 'brush'; readonly pointer: number; readonly points: readonly Point[]; readonly erases: boolean };

/** Of the picture in the stage: `zoom` 1 shows all of it; `x`, `y` is the pixel in the middle of the stage. */
export type View = { readonly zoom: number; readonly x: number; readonly y: number };

export type EditorState = {
  readonly phase: Phase;
  readonly info: SessionInfo | null;
  readonly document: EditorDocument | null;
  readonly past: readonly EditorDocument[];
  readonly future: readonly EditorDocument[];
  readonly tool: Tool;
  /** Of the brush, in 128ths of the picture's longer side: 1 to 128. */
  readonly radius: number;
  /** Drag as soon as a point is let go; else on the button, with several points. */
  readonly immediate: boolean;
  readonly gesture: Gesture | null;
  readonly selected: PointRef | null;
  /** What the pull that goes on would give, or, while a drag runs, what that one would; null where none is shown. */
  readonly preview: Picture | null;
  /** Points of the drag that runs. */
  readonly running: readonly DragPoint[] | null;
  /** Steps of undo that there were when what is computed began: what has come since is newer than that. */
  readonly begun: number;
  /** A new picture that is awaited, or that could not be had: what to try again. */
  readonly awaited: Extract<Effect, { type: 'sample' | 'open' }> | null;
  /** Drags that wait for the one that runs, in their order: the points of each. */
  readonly queued: readonly (readonly DragPoint[])[];
  /** Whether the last event was a nudge: the next one belongs to the same step of undo. */
  readonly nudging: boolean;
  readonly view: View;
  /** The keyboard's place in the picture, while it is in use. */
  readonly cursor: Point | null;
  readonly compare: 'off' | 'hold' | 'slider';
  /** Of the slider, from 0 to 1. */
  readonly split: number;
  readonly status: string;
  /** What failed, for as long as nothing else was begun. */
  readonly problem: string | null;
};

export type EditorEvent =
  | { readonly type: 'info'; readonly info: SessionInfo }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'retry' }
  /** Another model is being loaded; what is shown stays until it is there. */
  | { readonly type: 'loading'; readonly status: string }
  /** What was loaded is there; the picture stays. */
  | { readonly type: 'resumed'; readonly status: string }
  /** Another model is there: nothing of the one before fits it. */
  | { readonly type: 'replaced' }
  /** A picture that was not asked for here: a model's first one, or one from a link. */
  | { readonly type: 'shown'; readonly origin: Origin; readonly frame: Frame }
  | {
      readonly type: 'restored';
      readonly document: EditorDocument;
      readonly past: readonly EditorDocument[];
      readonly future: readonly EditorDocument[];
    }
  | {
      readonly type: 'down';
      readonly at: Point;
      readonly pointer: number;
      readonly reach: number;
      readonly anchor?: boolean;
    }
  | { readonly type: 'grab'; readonly point: PointRef; readonly pointer: number; readonly at: Point }
  | { readonly type: 'move'; readonly at: Point; readonly pointer: number }
  | { readonly type: 'up'; readonly at: Point; readonly pointer: number }
  /** The browser took the pointer away, to scroll, or a second finger came down. */
  | { readonly type: 'lost-pointer'; readonly pointer: number }
  | { readonly type: 'zoom'; readonly factor: number; readonly about: Point }
  | { readonly type: 'pan'; readonly dx: number; readonly dy: number }
  | { readonly type: 'fit' }
  | { readonly type: 'cursor'; readonly dx: number; readonly dy: number }
  | { readonly type: 'press'; readonly anchor: boolean }
  | { readonly type: 'select'; readonly point: PointRef | null }
  | { readonly type: 'nudge'; readonly dx: number; readonly dy: number }
  | { readonly type: 'delete' }
  | { readonly type: 'cancel' }
  | { readonly type: 'drag' }
  | { readonly type: 'clear' }
  | { readonly type: 'clear-mask' }
  | { readonly type: 'undo' }
  | { readonly type: 'redo' }
  | { readonly type: 'replay' }
  | { readonly type: 'sample'; readonly origin: Origin }
  | { readonly type: 'open'; readonly w: Float32Array }
  | { readonly type: 'tool'; readonly tool: Tool }
  | { readonly type: 'radius'; readonly radius: number }
  | { readonly type: 'immediate'; readonly on: boolean }
  | { readonly type: 'compare'; readonly compare: EditorState['compare'] }
  | { readonly type: 'split'; readonly split: number }
  | { readonly type: 'say'; readonly status: string }
  // what effects end with
  | { readonly type: 'sampled'; readonly origin: Origin; readonly frame: Frame; readonly milliseconds: number }
  | { readonly type: 'previewed'; readonly picture: Picture; readonly of: PreviewRequest }
  | {
      readonly type: 'dragged';
      readonly frame: Frame;
      readonly moved: boolean;
      readonly before: number;
      readonly after: number;
      readonly calls: number;
      /** Mean change that the model made where it should make none, before it was put back; null without a mask. */
      readonly outside: number | null;
      readonly milliseconds: number;
      readonly trace: readonly DragPoint[];
    }
  | { readonly type: 'played' }
  | { readonly type: 'problem'; readonly message: string };

/** A picture that is asked for while a point is pulled. It may come when another one is, and from another picture. */
export type PreviewRequest = {
  readonly document: EditorDocument;
  readonly points: readonly DragPoint[];
  /** Where the pull began: this very object, in all requests of one pull and of no other. */
  readonly pull: Point;
};

/** What the element has to do; `sample`, `open`, `drag` and `play` each end with an event. */
export type Effect =
  | { readonly type: 'start' }
  | { readonly type: 'sample'; readonly origin: Origin }
  | { readonly type: 'open'; readonly w: Float32Array; readonly origin: Origin }
  | { readonly type: 'preview'; readonly of: PreviewRequest }
  | { readonly type: 'drag'; readonly document: EditorDocument; readonly points: readonly DragPoint[] }
  | { readonly type: 'play'; readonly frame: Frame }
  /** Ends what is computed or shown. */
  | { readonly type: 'stop' }
  /** The history changed: keep it. */
  | { readonly type: 'keep' };

export const initialState: EditorState = {
  phase: 'loading',
  info: null,
  document: null,
  past: [],
  future: [],
  tool: 'drag',
  radius: 12,
  immediate: true,
  gesture: null,
  selected: null,
  preview: null,
  running: null,
  begun: 0,
  awaited: null,
  queued: [],
  nudging: false,
  view: { zoom: 1, x: 0, y: 0 },
  cursor: null,
  compare: 'off',
  split: 0.5,
  status: 'Loading the model…',
  problem: null,
};
