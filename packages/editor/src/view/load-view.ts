import type { SessionEvent } from '../session/editor-session.js';
import type { EditorEvent, EditorState } from '../state/state.js';
import { button, h, setAttributes } from './dom.js';

type Progress = Extract<SessionEvent, { type: 'progress' }>;

/**
 * How far the model's files are: in the middle until there is a picture, then small in a corner until all is there; and
 * what went wrong, where there is nothing else to show.
 */
export function createLoadView(send: (event: EditorEvent) => void) {
  const files = new Map<string, Progress>();
  const text = h('span');
  const bar = h('progress', { 'aria-label': 'Loading' });
  const retry = button('Try again', () => send({ type: 'retry' }), { primary: true });
  const element = h('div', { class: 'load' }, text, bar, retry);
  return {
    element,
    progress(now: Progress) {
      files.set(now.file, now);
    },
    /** Before another model. */
    reset: () => files.clear(),
    draw({ info, phase, problem }: EditorState) {
      const waiting = phase === 'loading';
      const failed = phase === 'failed';
      element.hidden = !waiting && !failed && !info?.predictorPending;
      element.classList.toggle('small', !waiting && !failed);
      bar.hidden = failed;
      retry.hidden = !failed;
      const shown = [...files.values()].filter(({ file }) => (waiting ? file === 'generator' : file !== 'generator'));
      const { loaded, total } = sumOf(shown);
      setAttributes(bar, { max: total, value: total === null ? null : loaded });
      if (failed) text.textContent = problem;
      else
        text.textContent = shown.length
          ? `${waiting ? 'Generator' : 'Predictor'}: ${sizes(loaded, total)}`
          : 'Starting…';
    },
  };
}

/** `total` is null where a server does not say it. */
function sumOf(files: readonly Progress[]): { loaded: number; total: number | null } {
  const loaded = files.reduce((sum, { loadedBytes }) => sum + loadedBytes, 0);
  const known = files.length > 0 && files.every(({ totalBytes }) => totalBytes !== null);
  return { loaded, total: known ? files.reduce((sum, { totalBytes }) => sum + (totalBytes ?? 0), 0) || null : null };
}

function sizes(loaded: number, total: number | null): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return `${megabytes(loaded)}${total === null ? '' : ` of ${megabytes(total)}`} MB`;
}
