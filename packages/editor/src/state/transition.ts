import { boundView, clamp, deletePoint, inside, movePoint, placeOf, widestView } from './geometry.js';
import { cancelGesture, down, grab, move, press, showPreview, up, withPreview } from './pointer.js';
import type { EditorEvent, EditorState, Effect } from './state.js';
import {
  beginSample,
  beginTravel,
  commit,
  dragPlaced,
  endDrag,
  endInProblem,
  endSample,
  retry,
  stop,
  withoutGesture,
} from './work.js';

export type Step = [EditorState, readonly Effect[]];

/** The whole interaction as a pure function: a state and what happened give the next state and what to do. */
export function transition(state: EditorState, event: EditorEvent): Step {
  const [next, effects] = step(state, event);
  return next.nudging && event.type !== 'nudge' ? [{ ...next, nudging: false }, effects] : [next, effects];
}

function step(state: EditorState, event: EditorEvent): Step {
  switch (event.type) {
    case 'info': {
      const { info } = event;
      const sameSize = state.info?.width === info.width && state.info.height === info.height;
      return [{ ...state, info, problem: null, view: sameSize ? state.view : widestView(info) }, []];
    }
    case 'failed':
      return [
        { ...state, phase: 'failed', gesture: null, preview: null, problem: event.message, status: event.message },
        [],
      ];
    case 'retry':
      return retry(state);
    case 'loading': {
      const [idle, effects] = stop(state, event.status);
      return [
        { ...idle, phase: 'loading', gesture: null, preview: null, problem: null, status: event.status },
        effects,
      ];
    }
    case 'resumed':
      return state.phase === 'loading' && state.document
        ? [{ ...state, phase: 'ready', status: event.status }, []]
        : [state, []];
    case 'replaced':
      return [{ ...state, phase: 'loading', document: null, past: [], future: [], selected: null, cursor: null }, []];
    case 'restored': {
      const { document, past, future } = event;
      return [{ ...state, phase: 'ready', document, past, future, status: 'Where you left off.' }, []];
    }
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
    case 'stopped':
      return state.phase === 'working'
        ? [{ ...state, phase: 'ready', running: null, status: 'Stopped.' }, []]
        : [state, []];
    case 'problem':
      return endInProblem(state, event.message);
    default:
      return settings(state, event);
  }
}

type Setting = Extract<
  EditorEvent,
  { type: 'tool' | 'radius' | 'immediate' | 'compare' | 'split' | 'say' | 'zoom' | 'pan' | 'fit' }
>;

function settings(state: EditorState, event: Setting): Step {
  switch (event.type) {
    case 'tool':
      return [{ ...withoutGesture(state), tool: event.tool, selected: null, status: toolHelp[event.tool] }, []];
    case 'radius':
      return [{ ...state, radius: clamp(event.radius, 1, 128) }, []];
    case 'immediate':
      return [{ ...state, immediate: event.on }, []];
    case 'compare':
      return [{ ...state, compare: event.compare }, []];
    case 'split':
      return [{ ...state, split: clamp(event.split, 0, 1) }, []];
    case 'say':
      return [{ ...state, status: event.status }, []];
    case 'fit':
      return [state.info ? { ...state, view: widestView(state.info) } : state, []];
    case 'pan': {
      if (!state.info) return [state, []];
      const view = { ...state.view, x: state.view.x + event.dx, y: state.view.y + event.dy };
      return [{ ...state, view: boundView(view, state.info) }, []];
    }
    case 'zoom': {
      if (!state.info) return [state, []];
      const { view } = state;
      const zoom = clamp(view.zoom * event.factor, 1, 16);
      const share = view.zoom / zoom;
      const about = (at: number, from: number) => at + (from - at) * share;
      return [
        {
          ...state,
          view: boundView({ zoom, x: about(event.about.x, view.x), y: about(event.about.y, view.y) }, state.info),
        },
        [],
      ];
    }
  }
}

const toolHelp = {
  drag: 'Pull a point to where it should go.',
  anchor: 'Press where the picture should stay as it is. Again takes the anchor away.',
  mask: 'Paint what may change. Everything else stays.',
  erase: 'Take away from what may change.',
} as const;

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
