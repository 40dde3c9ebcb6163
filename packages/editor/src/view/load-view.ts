import type { SessionEvent } from '../session/editor-session.js';
import type { EditorEvent, EditorState } from '../state/state.js';
import { button, h, setAttributes } from './dom.js';

type Progress = Extract<SessionEvent, { type: 'progress' }>;

/**
 * How far the model's files are: a card in the middle until there is a picture, then a small one in a corner until all
 * is there; and what went wrong, where there is nothing else to show. Two elements: one that moved would be seen to
 * jump.
 */
export function createLoadView(send: (event: EditorEvent) => void) {
  const files = new Map<string, Progress>();
  const retry = button('Try again', () => send({ type: 'retry' }), { primary: true });
  const card = createBar('load');
  const corner = createBar('load small');
  card.element.append(retry);
  return {
    elements: [card.element, corner.element],
    progress(now: Progress) {
      files.set(now.file, now);
    },
    /** Before another model. */
    reset: () => files.clear(),
    draw({ info, phase, problem }: EditorState) {
      const waiting = phase === 'loading';
      const failed = phase === 'failed';
      card.element.hidden = !waiting && !failed;
      corner.element.hidden = waiting || failed || !info?.predictorPending;
      retry.hidden = !failed;
      const generator = [...files.values()].filter(({ file }) => file === 'generator');
      const others = [...files.values()].filter(({ file }) => file !== 'generator');
      if (failed) card.draw(problem ?? '', null);
      else card.draw('Generator', sumOf(generator));
      corner.draw('Predictor', sumOf(others));
    },
  };
}

type Sum = { readonly loaded: number; readonly total: number | null };

/** A text with a bar below it; without a sum, the text alone. */
function createBar(name: string) {
  const text = h('span');
  const bar = h('progress', { 'aria-label': 'Loading' });
  return {
    element: h('div', { class: name, hidden: true }, text, bar),
    draw(words: string, sum: Sum | null) {
      bar.hidden = sum === null;
      setAttributes(bar, { max: sum?.total, value: sum?.total ? sum.loaded : null });
      text.textContent = !sum ? words : sum.loaded ? `${words}: ${sizes(sum)}` : 'Starting…';
    },
  };
}

/** `total` is null where a server does not say it. */
function sumOf(files: readonly Progress[]): Sum {
  const loaded = files.reduce((sum, { loadedBytes }) => sum + loadedBytes, 0);
  const known = files.length > 0 && files.every(({ totalBytes }) => totalBytes !== null);
  return { loaded, total: known ? files.reduce((sum, { totalBytes }) => sum + (totalBytes ?? 0), 0) || null : null };
}

function sizes({ loaded, total }: Sum): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return `${megabytes(loaded)}${total === null ? '' : ` of ${megabytes(total)}`} MB`;
}
