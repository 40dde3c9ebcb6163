import type { DragPoint, Point } from '@autodrag/autodrag';
import { distance, inside, movePoint, placeOf, pointAt, unitOf } from './geometry.js';
import type { EditorEvent, EditorState, Gesture, PointRef, PreviewRequest } from './state.js';
import type { Step } from './transition.js';
import { commit, queueDrag, startDrag, stop, withoutGesture, withoutPreview } from './work.js';

/** Shorter pulls, in 128ths of the picture, are clicks. */
const clickReach = 1.5;

type PointerInput = Extract<
  EditorEvent,
  { type: 'down' | 'grab' | 'move' | 'up' | 'lost-pointer' | 'cursor' | 'press' }
>;

/** What a pointer does on the picture, or the keyboard in the place of one. */
export function pointerEvent(state: EditorState, event: PointerInput): Step {
  switch (event.type) {
    case 'down':
      return down(state, event);
    case 'grab':
      return grabPoint(state, event);
    case 'move':
      return move(state, event.at, event.pointer);
    case 'up':
      return up(state, event.at, event.pointer);
    case 'lost-pointer':
      return state.gesture?.pointer === event.pointer ? cancelGesture(state, state.status) : [state, []];
    case 'cursor':
      return moveCursor(state, event.dx, event.dy);
    case 'press':
      return press(state, event.anchor);
  }
}

function down(state: EditorState, event: Extract<EditorEvent, { type: 'down' }>): Step {
  const { document, info, gesture } = state;
  if (!document || !info || state.phase === 'loading' || state.phase === 'failed') return [state, []];
  // a second finger pinches: it takes no target over
  if (gesture && gesture.pointer !== event.pointer && (gesture.kind !== 'pull' || gesture.pressed)) {
    return cancelGesture(state, state.status);
  }
  const at = inside(info, event.at);
  const [idle, effects] = state.phase === 'playing' ? stop(state, state.status) : [state, []];
  const next: EditorState = { ...idle, problem: null, document: { ...document, trace: [] } };
  const found = pointAt(document, at, event.reach);
  if (next.tool === 'anchor' || event.anchor) return withEffects(effects, toggleAnchor(next, at, found));
  if (next.tool === 'mask' || next.tool === 'erase') {
    const stroke: Gesture = { kind: 'brush', pointer: event.pointer, points: [at], erases: next.tool === 'erase' };
    return [{ ...next, gesture: stroke }, effects];
  }
  if (gesture?.kind === 'pull') {
    return [{ ...next, gesture: { ...gesture, pointer: event.pointer, at, pressed: true } }, effects]; // the second click
  }
  if (found) return withEffects(effects, grab(next, found, event.pointer, at));
  if (isFull(next)) return [{ ...next, status: fullText(next) }, effects];
  return [
    { ...next, selected: null, gesture: { kind: 'pull', pointer: event.pointer, handle: at, at, pressed: true } },
    effects,
  ];
}

/** A point that only runs or waits is not moved any more: who pulls it on means the next pull, from there. */
function grabPoint(state: EditorState, { point, pointer, at }: Extract<EditorEvent, { type: 'grab' }>): Step {
  const { document, phase } = state;
  if (!document || phase === 'loading' || phase === 'failed') return [state, []];
  if (!placeOf(document, point)) return down(state, { type: 'down', at, pointer, reach: 0 });
  const [idle, effects] = phase === 'playing' ? stop(state, state.status) : [state, []];
  return withEffects(effects, grab(idle, point, pointer, at));
}

/** Takes hold of a point that is there. */
function grab(state: EditorState, point: PointRef, pointer: number, at: Point): Step {
  const place = state.document && placeOf(state.document, point);
  if (!place) return [state, []];
  return [
    {
      ...state,
      selected: point,
      gesture: {
        kind: 'move',
        pointer,
        point,
        offset: { x: place.x - at.x, y: place.y - at.y },
        from: { ...place }, // its own object: it tells this pull from another one of the same point
        at: place,
      },
    },
    [],
  ];
}

function move(state: EditorState, to: Point, pointer: number): Step {
  const { gesture, info } = state;
  if (!gesture || !info) return [state, []];
  const at = inside(info, withOffset(gesture, to));
  // between two clicks the target follows whatever pointer there is
  if (gesture.pointer !== pointer && (gesture.kind !== 'pull' || gesture.pressed)) return [state, []];
  if (gesture.kind === 'brush') {
    const last = gesture.points.at(-1);
    if (last && distance(last, at) < Math.max(1, (state.radius / 6) * unitOf(info))) return [state, []];
    return [{ ...state, gesture: { ...gesture, points: [...gesture.points, at] } }, []];
  }
  return withPreview({ ...state, gesture: { ...gesture, at } });
}

/** Where a point's middle is while a pointer moves it: it was not taken hold of there, and must not jump. */
function withOffset(gesture: Gesture, { x, y }: Point): Point {
  return gesture.kind === 'move' ? { x: x + gesture.offset.x, y: y + gesture.offset.y } : { x, y };
}

/** Asks for a picture of what the pull would give, where that can be had while the pointer moves. */
export function withPreview(state: EditorState): Step {
  const of = previewOf(state);
  return of ? [state, [{ type: 'preview', of }]] : [withoutPreview(state), []];
}

/** Shows what was asked for, unless another pull, or one from another picture, has begun meanwhile. */
export function showPreview(state: EditorState, { picture, of }: Extract<EditorEvent, { type: 'previewed' }>): Step {
  const now = previewOf(state);
  if (now?.pull !== of.pull || now.document !== of.document) return [state, []];
  return [{ ...state, preview: picture }, []];
}

function previewOf(state: EditorState): PreviewRequest | null {
  const { document, gesture, info } = state;
  if (!document || !info?.maxPoints || state.phase === 'working' || !gesture || gesture.kind === 'brush') return null;
  if (gesture.kind === 'pull' && !gesture.pressed) return null;
  if (!state.immediate && document.points.length === 0) return null;
  const points = shownPoints(state).filter(
    ({ handle, target }) => distance(handle, target) >= clickReach * unitOf(info),
  );
  return points.length ? { document, points, pull: gesture.kind === 'pull' ? gesture.handle : gesture.from } : null;
}

/** The points as they are seen: with the one that is being placed or moved. */
export function shownPoints(state: EditorState): readonly DragPoint[] {
  const { document, gesture } = state;
  if (!document) return [];
  const waiting = allPoints(state);
  if (gesture?.kind === 'pull') return [...waiting, { handle: gesture.handle, target: gesture.at }];
  if (gesture?.kind === 'move') return movePoint({ ...document, points: waiting }, gesture.point, gesture.at).points;
  return waiting;
}

/** Those of the document first: references to them are their places in this list. Then what runs, and what waits. */
function allPoints({ document, running, queued }: EditorState): readonly DragPoint[] {
  return [...new Set([...(document?.points ?? []), ...(running ?? []), ...queued.flat()])];
}

function up(state: EditorState, to: Point, pointer: number): Step {
  const { gesture, document, info } = state;
  if (!gesture || !document || !info || gesture.pointer !== pointer) return [state, []];
  if (gesture.kind === 'brush') {
    const { points, erases } = gesture;
    const mask = [...document.mask, { points, radius: state.radius * unitOf(info), erases }];
    return commit({ ...state, gesture: null, status: 'Only what is painted may change.' }, { ...document, mask });
  }
  const at = inside(info, withOffset(gesture, to));
  if (gesture.kind === 'move') {
    const still = withoutGesture(state);
    if (distance(gesture.from, at) < 0.5 * unitOf(info)) return [still, []];
    return commit({ ...still, status: 'Point moved.' }, movePoint(document, gesture.point, at));
  }
  if (!gesture.pressed) return [state, []];
  if (distance(gesture.handle, at) < clickReach * unitOf(info)) {
    return [
      {
        ...withoutPreview(state),
        gesture: { ...gesture, at, pressed: false },
        status: 'Now the place where it should go.',
      },
      [],
    ];
  }
  const pair = { handle: gesture.handle, target: at };
  if (state.immediate) {
    const points = [...document.points, pair];
    return state.phase === 'working' ? queueDrag(state, [pair]) : startDrag(state, points);
  }
  const points = [...document.points, pair];
  return commit(
    {
      ...withoutGesture(state),
      selected: { kind: 'target', index: points.length - 1 },
      status: `${points.length} ${points.length === 1 ? 'point' : 'points'} placed. Add more, or press Drag.`,
    },
    { ...document, points },
  );
}

function moveCursor(state: EditorState, dx: number, dy: number): Step {
  if (!state.info || !state.document) return [state, []];
  const from = state.cursor ?? { x: (state.info.width - 1) / 2, y: (state.info.height - 1) / 2 };
  const cursor = inside(state.info, { x: Math.round(from.x + dx), y: Math.round(from.y + dy) });
  return move({ ...state, cursor }, cursor, -1);
}

/** The keyboard places handle and target by two presses, as two clicks do. */
function press(state: EditorState, anchor: boolean): Step {
  const { info, cursor } = state;
  if (!info || !state.document) return [state, []];
  if (!cursor)
    return [{ ...state, cursor: { x: Math.round((info.width - 1) / 2), y: Math.round((info.height - 1) / 2) } }, []];
  const [pressed, effects] = down(state, { type: 'down', at: cursor, pointer: -1, reach: 2, anchor });
  if (!pressed.gesture) return [pressed, effects];
  return withEffects(effects, up(pressed, cursor, -1));
}

export function cancelGesture(state: EditorState, status: string): Step {
  return [{ ...withoutGesture(state), status }, []];
}

function toggleAnchor(state: EditorState, at: Point, found: PointRef | null): Step {
  const { document } = state;
  if (!document) return [state, []];
  const index = found?.kind === 'anchor' ? found.index : -1;
  if (index >= 0) {
    const anchors = document.anchors.filter((_, i) => i !== index);
    return commit({ ...state, selected: null, status: 'Anchor taken away.' }, { ...document, anchors });
  }
  if (isFull(state)) return [{ ...state, status: fullText(state) }, []];
  return commit({ ...state, status: 'Anchor: this place stays.' }, { ...document, anchors: [...document.anchors, at] });
}

/** What runs and waits counts, too: if it fails, its points are placed again. */
function isFull(state: EditorState): boolean {
  const { document, info } = state;
  if (!document || !info || info.maxPoints === 0) return false;
  return allPoints(state).length + document.anchors.length >= info.maxPoints;
}

const fullText = ({ info }: EditorState) => `This model takes ${info?.maxPoints ?? 0} points and anchors at most.`;

function withEffects(effects: Step[1], [state, more]: Step): Step {
  return [state, [...effects, ...more]];
}
