import type { EditorEvent, EditorState } from '../state/state.js';
import { button, h } from './dom.js';

/** One sentence about what happened, read aloud by screen readers, of a height that does not change. */
export function createStatusView(send: (event: EditorEvent) => void) {
  const text = h('p');
  const retry = button('Try again', () => send({ type: 'retry' }));
  const element = h('div', { class: 'status', role: 'status', 'aria-live': 'polite' }, text, retry);
  return {
    element,
    draw({ status, problem }: EditorState) {
      if (text.textContent !== status) text.textContent = status;
      element.classList.toggle('problem', problem !== null);
      retry.hidden = problem === null;
    },
  };
}
