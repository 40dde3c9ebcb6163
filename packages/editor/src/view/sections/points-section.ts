import { placeOf } from '../../state/geometry.js';
import type { EditorEvent, EditorState } from '../../state/state.js';
import { button, enable, h, isFocused } from '../dom.js';
import { evenRow, type Section } from './section.js';

/** When points are dragged; in the same place, so that nothing jumps, the brush's settings while that is the tool. */
export function createPointsSection(send: (event: EditorEvent) => void): Section {
  const immediate = h('input', { type: 'checkbox', role: 'switch' });
  immediate.addEventListener('change', () => send({ type: 'immediate', on: immediate.checked }));
  const drag = button('Drag', () => send({ type: 'drag' }), { primary: true });
  const remove = button('Delete', () => send({ type: 'delete' }), { title: 'The point that is selected (Del)' });
  const clear = button('Clear points', () => send({ type: 'clear' }), { title: 'Escape' });
  const radius = h('input', { type: 'range', min: 2, max: 64, step: 1, 'aria-label': 'Size of the brush' });
  radius.addEventListener('input', () => send({ type: 'radius', radius: radius.valueAsNumber }));
  const clearMask = button('Everything may change', () => send({ type: 'clear-mask' }));
  const check = h('label', { class: 'check' }, immediate, 'Drag when a point is let go');
  const points = h('div', { class: 'stack' }, check, evenRow(drag, remove, clear));
  const brush = h('div', { class: 'stack' }, h('label', { class: 'line' }, 'Brush', radius), evenRow(clearMask));
  return {
    element: h('div', { class: 'swap' }, points, brush),
    draw(state) {
      const { document, phase, selected } = state;
      const there = Boolean(document) && phase !== 'failed' && phase !== 'loading';
      const count = document ? document.points.length + document.anchors.length : 0;
      immediate.checked = state.immediate;
      enable(drag, there && isNew(state));
      enable(remove, there && Boolean(document && selected && placeOf(document, selected)));
      enable(clear, there && phase !== 'working' && count > 0);
      enable(clearMask, Boolean(document?.mask.length));
      const paints = state.tool === 'mask' || state.tool === 'erase';
      points.classList.toggle('away', paints);
      brush.classList.toggle('away', !paints);
      if (!isFocused(radius)) radius.value = String(state.radius);
    },
  };
}

/** Whether a point is placed that neither runs nor waits. */
function isNew({ document, running, queued }: EditorState): boolean {
  return Boolean(document?.points.some((point) => !running?.includes(point) && !queued.flat().includes(point)));
}
