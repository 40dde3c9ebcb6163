import { widestView } from './geometry.js';
import type { EditorEvent, EditorState } from './state.js';
import type { Step } from './transition.js';
import { retry, showPicture, stop } from './work.js';

export type ModelEvent = Extract<
  EditorEvent,
  { type: 'info' | 'failed' | 'retry' | 'loading' | 'resumed' | 'replaced' | 'shown' | 'restored' }
>;

/** What comes and goes with a model, and with what was kept. */
export function modelEvent(state: EditorState, event: ModelEvent): Step {
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
    case 'shown': {
      const [idle, effects] = stop(state, state.status);
      const [next, more] = showPicture(idle, event);
      return [next, [...effects, ...more]];
    }
    case 'restored': {
      const { document, past, future } = event;
      return [{ ...state, phase: 'ready', document, past, future, status: 'Where you left off.' }, []];
    }
  }
}
