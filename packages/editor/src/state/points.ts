import { deletePoint, inside, movePoint, placeOf } from './geometry.js';
import type { EditorEvent, EditorState } from './state.js';
import type { Step } from './transition.js';
import { commit } from './work.js';

type PointsEvent = Extract<EditorEvent, { type: 'select' | 'nudge' | 'delete' | 'clear' | 'clear-mask' }>;

/** What happens to points, anchors and strokes that are there, other than by a pointer. */
export function pointsEvent(state: EditorState, event: PointsEvent): Step {
  const { document, selected } = state;
  switch (event.type) {
    case 'select':
      return [{ ...state, selected: event.point }, []];
    case 'nudge':
      return nudge(state, event.dx, event.dy);
    case 'delete': {
      if (!document || !selected || !placeOf(document, selected)) return [state, []];
      return commit({ ...state, selected: null, status: 'Point deleted.' }, deletePoint(document, selected));
    }
    case 'clear':
      return clear(state);
    case 'clear-mask': {
      if (!document?.mask.length) return [state, []];
      return commit({ ...state, status: 'Everything may change again.' }, { ...document, mask: [] });
    }
  }
}

function nudge(state: EditorState, dx: number, dy: number): Step {
  const { document, selected, info } = state;
  const place = document && selected && placeOf(document, selected);
  if (!document || !place || !info) return [state, []];
  const moved = movePoint(document, selected, inside(info, { x: place.x + dx, y: place.y + dy }));
  if (state.nudging) return [{ ...state, document: moved }, [{ type: 'keep' }]];
  const [next, effects] = commit(state, moved);
  return [{ ...next, nudging: true }, effects];
}

export function clear(state: EditorState): Step {
  const { document } = state;
  if (!document || state.phase === 'working') return [state, []];
  if (!document.points.length && !document.anchors.length) {
    return document.trace.length ? [{ ...state, document: { ...document, trace: [] } }, []] : [state, []];
  }
  return commit(
    { ...state, selected: null, status: 'Points cleared.' },
    { ...document, points: [], anchors: [], trace: [] },
  );
}
