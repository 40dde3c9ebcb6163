import { isControl, pointOf, type StageContext } from './stage-context.js';

/** Fingers are wider than cursors: so near to a point, in pixels of the screen, a press takes hold of it. */
const reach = { mouse: 12, pen: 14, touch: 26 } as const;

type Place = { readonly x: number; readonly y: number };

export type StagePointersContext = StageContext & {
  /** Whether a pointer moves the view now, whatever its button. */
  pans(): boolean;
  /** Where the brush is, to be drawn. */
  hover(at: Place | null): void;
};

/** Turns pointers on the stage into events: one pulls, one with the middle button or Alt pans, two pinch. */
export function listenToPointers({ stage, state, send, pans, hover }: StagePointersContext): void {
  const { element } = stage;
  const pointers = new Map<number, Place>();
  let panning: number | null = null;
  const at = (event: PointerEvent) => stage.toPicture(state(), event.clientX, event.clientY);

  const press = (event: PointerEvent) => {
    if (isControl(event.target)) return;
    const moves = event.button === 1 || pans() || (event.button === 0 && event.altKey);
    if (!moves && event.button !== 0) return;
    element.classList.add('pointed');
    // no other one is down: of those that are still here no end was heard, as where the editor left the page
    if (event.isPrimary) pointers.clear();
    pointers.set(event.pointerId, placeOf(event));
    if (pointers.size === 2) for (const id of pointers.keys()) send({ type: 'lost-pointer', pointer: id });
    if (pointers.size >= 2) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    if (moves) panning = event.pointerId;
    else pressPicture(event);
  };
  const pressPicture = (event: PointerEvent) => {
    const point = pointOf(event.target);
    if (point) (event.target as HTMLElement).focus({ preventScroll: true });
    else element.focus({ preventScroll: true });
    const near = reach[event.pointerType as keyof typeof reach] ?? reach.mouse;
    const drags = state().tool === 'drag' && !event.shiftKey && state().gesture?.kind !== 'pull';
    const place = { at: at(event), pointer: event.pointerId };
    if (point && drags) send({ type: 'grab', point, ...place });
    else send({ type: 'down', ...place, reach: near * stage.pixelSize(state()), anchor: event.shiftKey });
  };
  const move = (event: PointerEvent) => {
    const before = pointers.get(event.pointerId);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (before && other && pointers.size === 2) pinch({ stage, state, send }, { before, now: placeOf(event), other });
    else if (panning === event.pointerId && before) {
      const size = stage.pixelSize(state());
      send({ type: 'pan', dx: (before.x - event.clientX) * size, dy: (before.y - event.clientY) * size });
    } else {
      send({ type: 'move', at: at(event), pointer: event.pointerId });
    }
    if (before) pointers.set(event.pointerId, placeOf(event));
    if (event.pointerType !== 'touch') hover(at(event));
  };
  const release = (event: PointerEvent) => {
    const pinching = pointers.size > 1;
    pointers.delete(event.pointerId);
    if (panning === event.pointerId) panning = null;
    else if (event.type === 'pointerup' && !pinching) send({ type: 'up', at: at(event), pointer: event.pointerId });
    else send({ type: 'lost-pointer', pointer: event.pointerId });
  };

  element.addEventListener('pointerdown', press);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', release);
  element.addEventListener('pointercancel', release);
  element.addEventListener('pointerleave', () => hover(null));
}

const placeOf = ({ clientX, clientY }: PointerEvent): Place => ({ x: clientX, y: clientY });

/** Zooms and moves the view as one of two fingers goes. */
function pinch(
  { stage, state, send }: StageContext,
  { before, now, other }: { before: Place; now: Place; other: Place },
): void {
  const length = ({ x, y }: Place) => Math.max(Math.hypot(x - other.x, y - other.y), 1);
  const about = stage.toPicture(state(), (now.x + other.x) / 2, (now.y + other.y) / 2);
  send({ type: 'zoom', factor: length(now) / length(before), about });
  const size = stage.pixelSize(state());
  send({ type: 'pan', dx: ((before.x - now.x) / 2) * size, dy: ((before.y - now.y) / 2) * size });
}
