import type { DragPoint } from '@autodrag/autodrag';
import type { EditorDocument } from './document.js';
import type { EditorEvent, EditorState, Effect } from './state.js';
import type { Step } from './transition.js';

const historyLimit = 100;
/** Less of the way than this is no motion that one sees. */
const hardly = 0.05;

/** Makes a document the current one, as one step of undo. */
export function commit(state: EditorState, document: EditorDocument): Step {
  const past = state.document ? [...state.past, state.document].slice(-historyLimit) : state.past;
  return [{ ...state, document, past, future: [] }, [{ type: 'keep' }]];
}

/** Ends what is computed or shown: at once, whatever the session is busy with. */
export function stop(state: EditorState, status: string): Step {
  if (state.phase !== 'working' && state.phase !== 'playing') return [state, []];
  return [
    { ...state, phase: 'ready', running: null, awaited: null, queued: [], preview: null, status },
    [{ type: 'stop' }],
  ];
}

/** Without the pull that goes on. */
export function withoutGesture(state: EditorState): EditorState {
  return { ...withoutPreview(state), gesture: null };
}

/** While a drag runs, the preview is what it will give about, and stays. */
export function withoutPreview(state: EditorState): EditorState {
  return state.phase === 'working' ? state : { ...state, preview: null };
}

export function startDrag(state: EditorState, points: readonly DragPoint[]): Step {
  const { document, info } = state;
  if (!document || !info) return [state, []];
  const [idle, effects] = state.phase === 'playing' ? stop(state, state.status) : [state, []];
  const status = info.predictorPending
    ? 'The predictor is still loading. The drag follows as soon as it is there.'
    : info.maxPoints === 0
      ? 'Dragging by optimisation, as this model has no predictor: that takes a while. Escape stops it.'
      : 'Dragging…';
  return [
    {
      ...idle,
      ...{ phase: 'working', gesture: null, running: points, awaited: null, queued: [], selected: null },
      begun: idle.past.length,
      ...{ problem: null, status },
    },
    [...effects, { type: 'drag', document, points }],
  ];
}

/** A drag that comes while another one runs waits for it; several wait in their order. */
export function queueDrag(state: EditorState, points: readonly DragPoint[]): Step {
  return [
    {
      ...withoutGesture(state),
      queued: [...state.queued, points],
      status: 'This pull follows when the one before is done.',
    },
    [],
  ];
}

export function endDrag(state: EditorState, event: Extract<EditorEvent, { type: 'dragged' }>): Step {
  const { document, running } = state;
  const [queued, ...later] = state.queued;
  if (state.phase !== 'working' || !document) return [state, []];
  const done: EditorState = { ...state, running: null, queued: [], preview: null };
  // points that were placed while the drag ran are not of it
  const points = document.points.filter((point) => !running?.includes(point));
  const [after, effects] = event.moved
    ? commit(done, { ...document, frame: event.frame, points, trace: event.trace })
    : ([done, []] as Step);
  const said: EditorState = { ...after, status: report(event) };
  if (queued) {
    const [next, more] = startDrag({ ...said, phase: 'ready' }, [
      ...points.filter((one) => !state.queued.flat().includes(one)),
      ...queued,
    ]);
    return [{ ...next, queued: later }, [...effects, ...more]];
  }
  // the motion is not shown under a pull that has begun meanwhile
  if (!event.moved || state.gesture) return [{ ...said, phase: 'ready' }, effects];
  return [{ ...said, phase: 'playing' }, [...effects, { type: 'play', frame: event.frame }]];
}

type Dragged = Extract<EditorEvent, { type: 'dragged' }>;

function report({ moved, before, after, calls, outside, milliseconds }: Dragged): string {
  if (!moved) return 'The model found no way nearer to the target. Try another point, or a shorter pull.';
  const time = `${calls} ${calls === 1 ? 'call' : 'calls'}, ${seconds(milliseconds)}`;
  const way = `${before.toFixed(1)} px from the target before, ${after.toFixed(1)} px now`;
  const held =
    outside === null
      ? ''
      : ` Outside of the brush the model changed ${outside.toFixed(1)} of 255 on average; those pixels are put back.`;
  return before - after < hardly * before
    ? `Hardly moved: ${way}. Try a nearer target.${held} (${time})`
    : `Moved: ${way}.${held} (${time})`;
}

export function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** What failed ends, and nothing is lost by it: the points of the drag stay placed, to be dragged again. */
export function endInProblem(state: EditorState, message: string): Step {
  const { document, running, queued } = state;
  const points = document && [...new Set([...document.points, ...(running ?? []), ...queued.flat()])];
  return [
    {
      ...state,
      ...{ phase: document ? 'ready' : 'failed', document: document && points ? { ...document, points } : null },
      ...{ running: null, queued: [], preview: null, problem: message, status: message },
    },
    [],
  ];
}

/** Does again what failed: a new picture, the drag of what is placed, or else the model's start. */
export function retry(state: EditorState): Step {
  if (!state.document) {
    return [{ ...state, phase: 'loading', problem: null, status: 'Loading the model…' }, [{ type: 'start' }]];
  }
  const again: EditorState = { ...state, problem: null };
  if (state.phase !== 'ready') return [state, []];
  if (state.awaited) return beginSample(again, state.awaited);
  return again.document?.points.length ? dragPlaced(again) : [{ ...again, status: 'Starting…' }, [{ type: 'start' }]];
}

/** Drags what is placed. What was placed while a drag runs follows that one. */
export function dragPlaced(state: EditorState): Step {
  const { document, running, queued, phase } = state;
  if (!document?.points.length || phase === 'loading' || phase === 'failed') return [state, []];
  if (phase !== 'working') return startDrag(state, document.points);
  const more = document.points.filter((point) => !running?.includes(point) && !queued.flat().includes(point));
  return running && more.length ? queueDrag(state, more) : [state, []];
}

/** A new picture; what was before it stays a step of undo. */
export function beginSample(state: EditorState, effect: Extract<Effect, { type: 'sample' | 'open' }>): Step {
  if (!state.info || (state.phase === 'loading' && state.document)) return [state, []];
  const [idle, effects] = stop(state, state.status);
  const status = effect.type === 'sample' ? `Drawing face ${effect.origin.seed}…` : 'Opening…';
  return [
    {
      ...idle,
      ...{ phase: 'working', gesture: null, preview: null, selected: null, awaited: effect, problem: null, status },
      begun: idle.past.length,
    },
    [...effects, effect],
  ];
}

export function endSample(state: EditorState, event: Extract<EditorEvent, { type: 'sampled' }>): Step {
  return state.phase === 'working' ? showPicture(state, event, ` in ${seconds(event.milliseconds)}`) : [state, []];
}

/** Another picture; what was begun on the one before belongs to it. */
export function showPicture(
  state: EditorState,
  { origin, frame }: Pick<EditorDocument, 'origin' | 'frame'>,
  time = '',
) {
  const document: EditorDocument = { origin, frame, points: [], anchors: [], mask: [], trace: [] };
  const [next, effects] = commit(state, document);
  const shown: EditorState = {
    ...next,
    ...{ phase: 'ready', gesture: null, preview: null, running: null, queued: [], awaited: null, problem: null },
    status: `Face ${origin.seed}${time}. Pull a point to where it should go.`,
  };
  return [shown, effects] as Step;
}

/** Undo and redo take no time: the history holds pictures. What is computed on the same picture goes on meanwhile. */
export function beginTravel(state: EditorState, way: 'undo' | 'redo'): Step {
  if (way === 'undo' && isWorkNewest(state)) return takeBack(state);
  const from = way === 'undo' ? state.past : state.future;
  const document = way === 'undo' ? from.at(-1) : from[0];
  if (!document || !state.document) return [state, []];
  const goesOn = state.phase === 'working' && document.frame === state.document.frame;
  const [idle, effects] = goesOn ? ([state, []] as Step) : stop(state, state.status);
  const past = way === 'undo' ? state.past.slice(0, -1) : [...state.past, state.document];
  const future = way === 'undo' ? [state.document, ...state.future] : state.future.slice(1);
  const status = way === 'undo' ? 'One step back.' : 'One step forth.';
  return [
    {
      ...withoutGesture(idle),
      document: { ...document, trace: [] },
      past,
      future,
      selected: null,
      awaited: goesOn ? idle.awaited : null,
      problem: null,
      status,
    },
    [...effects, { type: 'keep' }],
  ];
}

/** Whether what was done last is what is computed, or waits for it, and no point or stroke that came since. */
function isWorkNewest({ phase, past, begun, queued, document }: EditorState): boolean {
  if (phase !== 'working') return false;
  const last = document?.points.at(-1);
  return past.length <= begun || (last !== undefined && queued.at(-1)?.includes(last) === true);
}

/** The pull that waits last, or else what runs, is not done. */
function takeBack(state: EditorState): Step {
  const status = 'One step back.';
  if (!state.queued.length) return stop(withoutGesture(state), status);
  return [{ ...withoutGesture(state), queued: state.queued.slice(0, -1), status }, []];
}
