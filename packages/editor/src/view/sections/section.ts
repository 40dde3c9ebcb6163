import type { Sample } from '../../actions/create-strip.js';
import type { EditorState } from '../../state/state.js';
import { h } from '../dom.js';

/** A part of the panel: an element, and what it shows of a state. */
export type Section = { readonly element: HTMLElement; draw(state: EditorState, more: SectionExtra): void };

export type SectionExtra = {
  readonly samples: readonly (Sample | null)[];
  readonly editTime: string;
  readonly keeps: boolean;
  /** Whether the page's address leads to pictures. */
  readonly links: boolean;
  /** That is asked for; none stands for the fastest. */
  readonly backend: string;
};

/** A part that can be closed. */
export function folding(title: string, open: boolean, ...children: Node[]): HTMLDetailsElement {
  return h('details', { open }, h('summary', {}, title), h('div', {}, ...children));
}

export const row = (...children: Node[]): HTMLElement => h('div', { class: 'row' }, ...children);

/** One whose parts take all of its width. */
export const evenRow = (...children: Node[]): HTMLElement => h('div', { class: 'row even' }, ...children);
