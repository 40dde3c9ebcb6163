import { h } from './dom.js';

/** A button that opens files: the input lies over its label, so that it is one for the keyboard, too. */
export function fileInput(
  label: string,
  accept: string,
  multiple: boolean,
  open: (files: File[]) => void,
): HTMLElement {
  const input = h('input', { type: 'file', accept, multiple, 'aria-label': label });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = ''; // the same file again is a change, too
    if (files.length) open(files);
  });
  return h('label', { class: 'file' }, label, input);
}
