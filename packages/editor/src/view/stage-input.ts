import type { EditorEvent, EditorState, PointRef } from '../state/state.js';
import type { StageView } from './stage-view.js';

/** Fingers are wider than cursors: so near to a point, in pixels of the screen, a press takes hold of it. */
const reach = { mouse: 12, pen: 14, touch: 26 } as const;

export type StageInputOptions = {
  state(): EditorState;
  send(event: EditorEvent): void;
  /** Where the brush is, to be drawn. */
  hover(at: { x: number; y: number } | null): void;
};

/** Turns pointers, wheel and keys on the stage into events of the editor. */
export function listenToStage(stage: StageView, { state, send, hover }: StageInputOptions): void {
  const { element } = stage;
  const pointers = new Map<number, { x: number; y: number }>();
  let panning: number | null = null;
  let space = false;
  const at = (event: PointerEvent | WheelEvent) => stage.toPicture(state(), event.clientX, event.clientY);

  element.addEventListener('pointerdown', (event) => {
    if (isControl(event.target)) return;
    element.classList.add('pointed');
    const point = pointOf(event.target);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 2) {
      for (const id of pointers.keys()) send({ type: 'lost-pointer', pointer: id });
      return;
    }
    if (pointers.size > 2) return;
    if (event.button === 1 || space || (event.button === 0 && event.altKey)) {
      panning = event.pointerId;
      element.setPointerCapture(event.pointerId);
      event.preventDefault();
      return;
    }
    if (event.button !== 0) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    if (point) (event.target as HTMLElement).focus({ preventScroll: true });
    else element.focus({ preventScroll: true });
    const near = reach[event.pointerType as keyof typeof reach] ?? reach.mouse;
    const drags = state().tool === 'drag' && !event.shiftKey && state().gesture?.kind !== 'pull';
    if (point && drags) send({ type: 'grab', point, pointer: event.pointerId, at: at(event) });
    else {
      const place = { at: at(event), pointer: event.pointerId, reach: near * stage.pixelSize(state()) };
      send({ type: 'down', ...place, anchor: event.shiftKey });
    }
  });

  element.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (before && pointers.size === 2) pinch(event, before);
    else if (panning === event.pointerId && before) {
      const size = stage.pixelSize(state());
      send({ type: 'pan', dx: (before.x - event.clientX) * size, dy: (before.y - event.clientY) * size });
    } else {
      send({ type: 'move', at: at(event), pointer: event.pointerId });
    }
    if (before) pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (event.pointerType !== 'touch') hover(at(event));
  });

  const pinch = (event: PointerEvent, before: { x: number; y: number }) => {
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) return;
    const now = { x: event.clientX, y: event.clientY };
    const length = (a: typeof now) => Math.max(Math.hypot(a.x - other.x, a.y - other.y), 1);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    send({ type: 'zoom', factor: length(now) / length(before), about: stage.toPicture(state(), middle.x, middle.y) });
    const size = stage.pixelSize(state());
    send({ type: 'pan', dx: ((before.x - now.x) / 2) * size, dy: ((before.y - now.y) / 2) * size });
  };

  const release = (event: PointerEvent) => {
    const pinching = pointers.size > 1;
    pointers.delete(event.pointerId);
    if (panning === event.pointerId) panning = null;
    else if (event.type === 'pointerup' && !pinching) send({ type: 'up', at: at(event), pointer: event.pointerId });
    else send({ type: 'lost-pointer', pointer: event.pointerId });
  };
  element.addEventListener('pointerup', release);
  element.addEventListener('pointercancel', release);
  element.addEventListener('pointerleave', () => hover(null));

  element.addEventListener(
    'wheel',
    (event) => {
      // the page keeps its wheel: a picture zooms with Ctrl (as a pinch on a touchpad says, too), or where it is zoomed
      const zoomed = state().view.zoom > 1;
      if (!event.ctrlKey && !event.metaKey && !zoomed) return;
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) {
        send({ type: 'zoom', factor: Math.exp(-event.deltaY / 240), about: at(event) });
      } else {
        const size = stage.pixelSize(state());
        send({ type: 'pan', dx: event.deltaX * size, dy: event.deltaY * size });
      }
    },
    { passive: false },
  );

  element.addEventListener('keydown', (event) => {
    if (isControl(event.target) || event.ctrlKey || event.metaKey) return;
    const step = event.shiftKey ? 8 : 1;
    const ways: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const way = ways[event.key];
    const point = pointOf(event.target);
    if (event.key === ' ' && !point && !state().cursor) {
      space = true;
    } else if (way && point) {
      send({ type: 'select', point });
      send({ type: 'nudge', dx: way[0], dy: way[1] });
    } else if (way) {
      send({ type: 'cursor', dx: way[0], dy: way[1] });
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && (point || state().selected)) {
      if (point) send({ type: 'select', point });
      send({ type: 'delete' });
      element.focus({ preventScroll: true }); // the point that had it is gone
    } else if (!point && (event.key === 'Enter' || event.key === ' ')) {
      send({ type: 'press', anchor: event.shiftKey });
    } else return;
    event.preventDefault();
  });
  // who uses a pointer needs no ring around the picture; who goes on by keyboard does
  for (const name of ['keydown', 'blur']) element.addEventListener(name, () => element.classList.remove('pointed'));
  element.addEventListener('keyup', (event) => {
    if (event.key === ' ') space = false;
  });
  element.addEventListener('focusin', (event) => {
    const point = pointOf(event.target);
    if (point) send({ type: 'select', point });
  });
  stage.split.addEventListener('input', () => send({ type: 'split', split: stage.split.valueAsNumber }));
}

/** What lies on the stage and is pressed for itself: the slider, and the card with what went wrong. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.split, .load') !== null;
}

function pointOf(target: EventTarget | null): PointRef | null {
  if (!(target instanceof HTMLElement) || !target.classList.contains('point')) return null;
  return { kind: target.dataset.kind as PointRef['kind'], index: Number(target.dataset.index) };
}
