import type { SessionEvent } from '../session/editor-session.js';
import type { EditorState } from '../state/state.js';
import { h, setAttributes } from './dom.js';

type Progress = Extract<SessionEvent, { type: 'progress' }>;

/** How far the model's files are: in the middle until there is a picture, then small in a corner until all is there. */
export function createLoadView() {
  const files = new Map<string, Progress>();
  const text = h('span');
  const bar = h('progress', { 'aria-label': 'Loading' });
  const element = h('div', { class: 'load' }, text, bar);
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return {
    element,
    progress(now: Progress) {
      files.set(now.file, now);
    },
    draw({ document, info, phase }: EditorState) {
      const waiting = !document && phase !== 'failed';
      element.hidden = !waiting && !info?.predictorPending;
      element.classList.toggle('small', !waiting);
      const shown = [...files.values()].filter(({ file }) => (waiting ? file === 'generator' : file !== 'generator'));
      const loaded = shown.reduce((sum, { loadedBytes }) => sum + loadedBytes, 0);
      const known = shown.every(({ totalBytes }) => totalBytes !== null);
      const total = shown.reduce((sum, { totalBytes }) => sum + (totalBytes ?? 0), 0);
      const what = waiting ? 'The generator' : 'Predictor, for drags';
      text.textContent = shown.length
        ? `${what}: ${megabytes(loaded)}${known ? ` of ${megabytes(total)}` : ''} MB`
        : 'Starting…';
      setAttributes(bar, { max: known && total > 0 ? total : null, value: known && total > 0 ? loaded : null });
    },
  };
}
