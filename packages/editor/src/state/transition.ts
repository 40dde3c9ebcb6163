import { deletePoint, inside, movePoint, placeOf } from './geometry.js';
import { modelEvent } from './model-event.js';
import { cancelGesture, down, grab, move, press, showPreview, up, withPreview } from './pointer.js';
import { set } from './set.js';
import type { EditorEvent, EditorState, Effect } from './state.js';
import { beginSample, beginTravel, commit, dragPlaced, endDrag, endInProblem, endSample, stop } from './work.js';

export type Step = [EditorState, readonly Effect[]];

/** The whole interaction as a pure function: a state and what happened give the next state and what to do. */
export function transition(state: EditorState, event: EditorEvent): Step {
  const [next, effects] = step(state, event);
  return next.nudging && event.type !== 'nudge' ? [{ ...next, nudging: false }, effects] : [next, effects];
}

function step(state: EditorState, event: EditorEvent): Step {
  switch (event.type) {
    case 'down':
      return down(state, event);
    case 'grab':
      return grab(state, event.point, event.pointer, event.at);
    case 'move':
      return move(state, event.at, event.pointer);
    case 'up':
      return up(state, event.at, event.pointer);
    case 'lost-pointer':
      return state.gesture?.pointer === event.pointer ? cancelGesture(state, state.status) : [state, []];
    case 'cursor': {
      if (!state.info || !state.document) return [state, []];
      const from = state.cursor ?? { x: (state.info.width - 1) / 2, y: (state.info.height - 1) / 2 };
      const cursor = inside(state.info, { x: Math.round(from.x + event.dx), y: Math.round(from.y + event.dy) });
      return move({ ...state, cursor }, cursor, -1);
    }
    case 'press':
      return press(state, event.anchor);
    case 'select':
      return [{ ...state, selected: event.point }, []];
    case 'nudge':
      return nudge(state, event.dx, event.dy);
    case 'delete': {
      const { document, selected } = state;
      if (!document || !selected || !placeOf(document, selected)) return [state, []];
      return commit({ ...state, selected: null, status: 'Point deleted.' }, deletePoint(document, selected));
    }
    case 'cancel':
      return cancel(state);
    case 'drag':
      return dragPlaced(state);
    case 'clear':
      return clear(state);
    case 'clear-mask': {
      if (!state.document?.mask.length) return [state, []];
      return commit({ ...state, status: 'Everything may change again.' }, { ...state.document, mask: [] });
    }
    case 'undo':
    case 'redo':
      return beginTravel(state, event.type);
    case 'replay':
      if (!state.document?.frame.codes.length || state.phase !== 'ready') return [state, []];
      return [
        { ...state, phase: 'playing', gesture: null, preview: null },
        [{ type: 'play', frame: state.document.frame }],
      ];
    case 'sample':
      return beginSample(state, { type: 'sample', origin: event.origin });
    case 'open':
      return beginSample(state, {
        type: 'open',
        w: event.w,
        origin: state.document?.origin ?? { seed: 0, psi: 0.7, mix: null },
      });
    case 'sampled':
      return endSample(state, event);
    case 'dragged': {
      const [ended, effects] = endDrag(state, event);
      if (!ended.gesture || ended.phase === 'working') return [ended, effects];
      const [next, more] = withPreview(ended); // of the pull that has begun meanwhile, from the new picture
      return [next, [...effects, ...more]];
    }
    case 'previewed':
      return showPreview(state, event);
    case 'played':
      return state.phase === 'playing' ? [{ ...state, phase: 'ready' }, []] : [state, []];
    case 'problem':
      return endInProblem(state, event.message);
    case 'tool':
    case 'radius':
    case 'immediate':
    case 'compare':
    case 'split':
    case 'say':
    case 'fit':
    case 'pan':
    case 'zoom':
      return set(state, event);
    default:
      return modelEvent(state, event);
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

/** Escape: the nearest thing that is going on ends, and only then are points cleared. */
function cancel(state: EditorState): Step {
  if (state.gesture) return cancelGesture(state, 'Point dropped.');
  if (state.phase === 'working' || state.phase === 'playing')
    return stop(state, state.phase === 'working' ? 'Stopped.' : state.status);
  if (state.selected) return [{ ...state, selected: null }, []];
  return clear(state);
}

function clear(state: EditorState): Step {
  const { document } = state;
  if (!document || state.phase === 'working') return [state, []];
  if (!document.points.length && !document.anchors.length) {
    return [{ ...state, document: { ...document, trace: [] } }, []];
  }
  return commit(
    { ...state, selected: null, status: 'Points cleared.' },
    { ...document, points: [], anchors: [], trace: [] },
  );
}
