import type { DragPoint, Point } from '@autodrag/autodrag';

/** Where the page stands. `working` is any computation of the session, `playing` the motion shown after a drag. */
export type Phase = 'loading' | 'ready' | 'working' | 'playing' | 'failed';

/** A point being placed: pressed and pulled, or, after a click without a pull, waiting for the second click. */
export type Gesture = { readonly handle: Point; readonly at: Point; readonly pressed: boolean };

export type State = {
  readonly phase: Phase;
  readonly seed: number;
  /** Of the picture in pixels; null until there is one. */
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly maxPoints: number;
  /** Points that are placed and not yet dragged. */
  readonly points: readonly DragPoint[];
  readonly anchors: readonly Point[];
  /** Where the handles of the last drag ended. */
  readonly reached: readonly Point[];
  readonly gesture: Gesture | null;
  /** The keyboard's place in the picture, while it is in use. */
  readonly cursor: Point | null;
  /** Drag as soon as a point is let go; else on the button, with several points. */
  readonly immediate: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly canReplay: boolean;
  readonly backend: string;
  readonly status: string;
};

/** What the session tells after each change. */
export type SessionNews = { readonly canUndo: boolean; readonly canRedo: boolean; readonly canReplay: boolean };

export type Event =
  | {
      type: 'loaded';
      size: { width: number; height: number };
      maxPoints: number;
      backend: string;
      milliseconds: number;
    }
  | { type: 'failed'; message: string }
  | { type: 'down'; at: Point; anchor: boolean }
  | { type: 'move'; at: Point }
  | { type: 'up'; at: Point }
  | { type: 'cursor'; dx: number; dy: number }
  | { type: 'press'; anchor: boolean }
  | { type: 'cancel' }
  | { type: 'drag' }
  | { type: 'clear' }
  | { type: 'undo' }
  | { type: 'redo' }
  | { type: 'replay' }
  | { type: 'sample'; seed: number }
  | { type: 'immediate'; on: boolean }
  | { type: 'sampled'; seed: number; milliseconds: number; news: SessionNews }
  | {
      type: 'dragged';
      moved: boolean;
      before: number;
      after: number;
      calls: number;
      milliseconds: number;
      reached: readonly Point[];
      news: SessionNews;
    }
  | { type: 'travelled'; news: SessionNews; what: string }
  | { type: 'played' }
  | { type: 'stopped'; message: string };

/** What the page has to do; each ends with an event. */
export type Effect =
  | { type: 'sample'; seed: number }
  | { type: 'drag'; points: readonly DragPoint[]; anchors: readonly Point[] }
  | { type: 'undo' }
  | { type: 'redo' }
  | { type: 'play' }
  /** Ends the motion that is being shown, or the drag that is being computed. */
  | { type: 'stop' };

/** Shorter pulls, in pixels of the picture, are clicks. */
const clickReach = 1.5;
/** So near to an anchor a press takes it away. */
const anchorReach = 4;

export const initialState: State = {
  phase: 'loading',
  seed: 7,
  size: null,
  maxPoints: 68,
  points: [],
  anchors: [],
  reached: [],
  gesture: null,
  cursor: null,
  immediate: true,
  canUndo: false,
  canRedo: false,
  canReplay: false,
  backend: '',
  status: 'Loading the model…',
};

/** The whole interaction as a pure function: a state and what happened give the next state and what to do. */
export function transition(state: State, event: Event): [State, readonly Effect[]] {
  switch (event.type) {
    case 'loaded':
      return [
        {
          ...state,
          phase: 'ready',
          size: event.size,
          maxPoints: event.maxPoints,
          backend: event.backend,
          status: `Ready in ${seconds(event.milliseconds)}. Pull a point of the face to where it should go.`,
        },
        [],
      ];
    case 'failed':
      return [{ ...state, phase: 'failed', gesture: null, status: event.message }, []];
    case 'down':
      return down(state, event.at, event.anchor);
    case 'move':
      return state.gesture
        ? [{ ...state, gesture: { ...state.gesture, at: inside(state, event.at) } }, []]
        : [state, []];
    case 'up':
      return up(state, event.at);
    case 'cursor': {
      if (!state.size) return [state, []];
      const from = state.cursor ?? { x: (state.size.width - 1) / 2, y: (state.size.height - 1) / 2 };
      const cursor = inside(state, { x: Math.round(from.x + event.dx), y: Math.round(from.y + event.dy) });
      return [{ ...state, cursor, gesture: state.gesture && { ...state.gesture, at: cursor } }, []];
    }
    case 'press': {
      if (!state.cursor) return transition(state, { type: 'cursor', dx: 0, dy: 0 });
      const [pressed, effects] = down(state, state.cursor, event.anchor);
      if (event.anchor || !pressed.gesture) return [pressed, effects];
      // the keyboard places handle and target by two presses, as two clicks do
      const [next, more] = up(pressed, state.cursor);
      return [next, [...effects, ...more]];
    }
    case 'cancel':
      if (state.gesture) return [{ ...state, gesture: null, status: 'Point dropped.' }, []];
      if (isBusy(state)) return [state, [{ type: 'stop' }]];
      return clear(state);
    case 'drag':
      return state.points.length && state.phase === 'ready' ? startDrag(state, state.points) : [state, []];
    case 'clear':
      return isBusy(state) ? [state, []] : clear(state);
    case 'undo':
      return state.canUndo ? travel(state, 'undo') : [state, []];
    case 'redo':
      return state.canRedo ? travel(state, 'redo') : [state, []];
    case 'replay':
      if (!state.canReplay || state.phase !== 'ready') return [state, []];
      return [{ ...state, phase: 'playing', gesture: null, status: 'The motion again.' }, [{ type: 'play' }]];
    case 'sample':
      if (!state.size || state.phase === 'working') return [state, []];
      return [
        { ...begin(state), phase: 'working', seed: event.seed, status: `Drawing face ${event.seed}…` },
        [...stopPlaying(state), { type: 'sample', seed: event.seed }],
      ];
    case 'immediate':
      return [{ ...state, immediate: event.on }, []];
    case 'sampled':
      return [
        {
          ...state,
          ...event.news,
          phase: 'ready',
          seed: event.seed,
          status: `Face ${event.seed} in ${seconds(event.milliseconds)}.`,
        },
        [],
      ];
    case 'dragged':
      return [
        {
          ...state,
          ...event.news,
          phase: event.moved ? 'playing' : 'ready',
          reached: event.moved ? event.reached : [],
          status: event.moved
            ? `Moved: ${pixels(event.before)} from the target before, ${pixels(event.after)} now. ${event.calls} ${event.calls === 1 ? 'call' : 'calls'}, ${seconds(event.milliseconds)}.`
            : 'The model found no way nearer to the target. Try another point, or a shorter pull.',
        },
        event.moved ? [{ type: 'play' }] : [],
      ];
    case 'travelled':
      return [{ ...state, ...event.news, phase: 'ready', status: event.what }, []];
    case 'played':
      return state.phase === 'playing' ? [{ ...state, phase: 'ready', points: [], reached: [] }, []] : [state, []];
    case 'stopped':
      return [{ ...state, phase: 'ready', status: event.message }, []];
  }
}

/** Whether something is being computed or shown. */
export function isBusy(state: State): boolean {
  return state.phase === 'working' || state.phase === 'playing';
}

function down(state: State, at: Point, anchor: boolean): [State, readonly Effect[]] {
  if (!state.size || (state.phase !== 'ready' && state.phase !== 'playing')) return [state, []];
  const effects = stopPlaying(state);
  // where each pull drags at once, the points of the last one are history, whatever became of it
  const old = state.phase === 'playing' || state.immediate;
  const next: State = { ...state, phase: 'ready', reached: [], points: old ? [] : state.points };
  const point = inside(state, at);
  if (anchor) return [toggleAnchor(next, point), effects];
  if (next.gesture) return [{ ...next, gesture: { ...next.gesture, at: point, pressed: true } }, effects]; // the second click
  if (isFull(next)) return [{ ...next, status: `This model takes ${state.maxPoints} points at most.` }, effects];
  return [{ ...next, gesture: { handle: point, at: point, pressed: true } }, effects];
}

function up(state: State, at: Point): [State, readonly Effect[]] {
  const { gesture } = state;
  if (!gesture?.pressed) return [state, []];
  const target = inside(state, at);
  if (distance(gesture.handle, target) < clickReach) {
    return [{ ...state, gesture: { ...gesture, pressed: false }, status: 'Now the place where it should go.' }, []];
  }
  const points = [...state.points, { handle: gesture.handle, target }];
  const placed: State = { ...state, gesture: null, points };
  if (state.immediate) return startDrag(placed, points);
  return [{ ...placed, status: `${count(points.length, 'point')} placed. Add more, or press Drag.` }, []];
}

function startDrag(state: State, points: readonly DragPoint[]): [State, readonly Effect[]] {
  return [
    { ...state, phase: 'working', gesture: null, reached: [], status: 'Dragging…' },
    [{ type: 'drag', points, anchors: state.anchors }],
  ];
}

function travel(state: State, type: 'undo' | 'redo'): [State, readonly Effect[]] {
  if (state.phase !== 'ready' && state.phase !== 'playing') return [state, []];
  return [{ ...state, phase: 'working', points: [], reached: [], gesture: null }, [...stopPlaying(state), { type }]];
}

function toggleAnchor(state: State, at: Point): State {
  const near = state.anchors.findIndex((anchor) => distance(anchor, at) <= anchorReach);
  if (near >= 0) return { ...state, anchors: state.anchors.filter((_, i) => i !== near), status: 'Anchor taken away.' };
  if (isFull(state)) return { ...state, status: `This model takes ${state.maxPoints} points at most.` };
  return { ...state, anchors: [...state.anchors, at], status: 'Anchor: this place stays.' };
}

function clear(state: State): [State, readonly Effect[]] {
  return [{ ...state, points: [], anchors: [], reached: [], gesture: null, status: 'Points cleared.' }, []];
}

function begin(state: State): State {
  return { ...state, points: [], anchors: [], reached: [], gesture: null };
}

function stopPlaying(state: State): readonly Effect[] {
  return state.phase === 'playing' ? [{ type: 'stop' }] : [];
}

function isFull(state: State): boolean {
  return state.points.length + state.anchors.length >= state.maxPoints;
}

function inside({ size }: State, { x, y }: Point): Point {
  if (!size) return { x, y };
  return { x: Math.min(Math.max(x, 0), size.width - 1), y: Math.min(Math.max(y, 0), size.height - 1) };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function pixels(value: number): string {
  return `${value.toFixed(1)} px`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
