import { h } from '../dom.js';
import { folding } from './section.js';

/** What one can do, in five lines. Text between bars is a key. */
const lines = [
  'Pull a point, or press it and then the place where it should go. The picture follows while you pull.',
  'Anchors are places that stay. The brush says what may change; the rest stays exactly as it is.',
  'Switch off the drag on letting go to place several points; pull, nudge (|arrows|) or delete (|Del|) each.',
  'Two fingers, or |Ctrl| and the wheel, zoom; |Space| or the middle button moves the picture.',
  'By keyboard: |arrows| (|Shift|: faster), |Enter| for handle and target, |Shift| |Enter| for an anchor, |Esc| to stop.',
];

export function createHelpSection(): HTMLElement {
  const items = lines.map((line) =>
    h('li', {}, ...line.split('|').map((part, i) => (i % 2 ? h('kbd', {}, part) : part))),
  );
  return folding('How it works', false, h('ul', { class: 'hint' }, ...items));
}
