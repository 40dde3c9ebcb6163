import { boundView, clamp, mostZoom, widestView } from './geometry.js';
import type { EditorEvent, EditorState } from './state.js';
import type { Step } from './transition.js';
import { withoutGesture } from './work.js';

export type Setting = Extract<
  EditorEvent,
  { type: 'tool' | 'radius' | 'immediate' | 'compare' | 'split' | 'say' | 'zoom' | 'pan' | 'fit' }
>;

/** Changes what is no part of the document: no step of undo. */
export function set(state: EditorState, event: Setting): Step {
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
      const zoom = clamp(view.zoom * event.factor, 1, mostZoom);
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
