import { quote } from '@autodrag/nn';
import { modelEvent } from './model-event.js';
import { cancelGesture, pointerEvent, showPreview, withPreview } from './pointer.js';
import { clear, pointsEvent } from './points.js';
import { set } from './set.js';
import type { EditorEvent, EditorState, Effect } from './state.js';
import { beginSample, beginTravel, dragPlaced, endDrag, endInProblem, endSample, stop } from './work.js';

export type Step = [EditorState, readonly Effect[]];

/**
 * The whole interaction as a pure function: a state and what happened give the next state and what to do.
 *
 * @throws TypeError for an event that there is none of
 */
export function transition(state: EditorState, event: EditorEvent): Step {
  const result: Step | undefined = step(state, event);
  if (!result) throw new TypeError(`transition: there is no event of the type ${quote((event as EditorEvent).type)}.`);
  const [next, effects] = result;
  return next.nudging && event.type !== 'nudge' ? [{ ...next, nudging: false }, effects] : [next, effects];
}

function step(state: EditorState, event: EditorEvent): Step {
  switch (event.type) {
    case 'down':
    case 'grab':
    case 'move':
    case 'up':
    case 'lost-pointer':
    case 'cursor':
    case 'press':
      return pointerEvent(state, event);
    case 'select':
    case 'nudge':
    case 'delete':
    case 'clear':
    case 'clear-mask':
      return pointsEvent(state, event);
    case 'cancel':
      return cancel(state);
    case 'undo':
    case 'redo':
      return beginTravel(state, event.type);
    case 'drag':
    case 'replay':
    case 'sample':
    case 'open':
    case 'sampled':
    case 'dragged':
    case 'previewed':
    case 'played':
    case 'problem':
      return workEvent(state, event);
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

type WorkEvent = Extract<
  EditorEvent,
  { type: 'drag' | 'replay' | 'sample' | 'open' | 'sampled' | 'dragged' | 'previewed' | 'played' | 'problem' }
>;

/** What is asked of the session, and what comes of it. */
function workEvent(state: EditorState, event: WorkEvent): Step {
  switch (event.type) {
    case 'drag':
      return dragPlaced(state);
    case 'replay':
      return replay(state);
    case 'sample':
      return beginSample(state, { type: 'sample', origin: event.origin });
    case 'open': {
      const origin = state.document?.origin ?? { seed: 0, psi: 0.7, mix: null };
      return beginSample(state, { type: 'open', w: event.w, origin });
    }
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
  }
}

function replay(state: EditorState): Step {
  const { document, phase } = state;
  if (!document?.frame.codes.length || phase !== 'ready') return [state, []];
  return [{ ...state, phase: 'playing', gesture: null, preview: null }, [{ type: 'play', frame: document.frame }]];
}

/** Escape: the nearest thing that is going on ends, and only then are points cleared. */
function cancel(state: EditorState): Step {
  if (state.gesture) return cancelGesture(state, 'Point dropped.');
  if (state.phase === 'working' || state.phase === 'playing')
    return stop(state, state.phase === 'working' ? 'Stopped.' : state.status);
  if (state.selected) return [{ ...state, selected: null }, []];
  return clear(state);
}
