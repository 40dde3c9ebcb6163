import { plainWords } from '../plain-words.js';
import type { SessionEvent } from '../session/editor-session.js';
import type { EditorEvent, EditorState } from '../state/state.js';

export type HearContext = {
  state(): EditorState;
  send(event: EditorEvent): void;
  say(status: string): void;
  sayLater(status: string): void;
  progress(event: Extract<SessionEvent, { type: 'progress' }>): void;
};

/** Tells people what a session tells. */
export function hearSession(event: SessionEvent, { state, send, say, sayLater, progress }: HearContext): void {
  switch (event.type) {
    case 'progress':
      progress(event);
      break;
    case 'info':
      send({ type: 'info', info: event.info });
      break;
    case 'no-predictor':
      sayLater(
        `The predictor could not be loaded, so points are dragged by optimisation, which takes long. Reload to try again. (${plainWords(new Error(event.message))})`,
      );
      break;
    case 'lost':
      say(`The graphics processor failed (${event.reason}). The editor goes on with WebAssembly; nothing is lost.`);
      break;
    case 'ended': {
      const message = 'What computes has stopped, perhaps for want of memory. Nothing is lost: try again.';
      send({ type: state().document ? 'problem' : 'failed', message });
      break;
    }
  }
}
