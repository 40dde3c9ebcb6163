import { mostZoom } from '../state/geometry.js';
import type { EditorEvent, EditorState, Tool } from '../state/state.js';
import { button, enable, h, setAttributes } from './dom.js';

export type ToolsView = { readonly element: HTMLElement; draw(state: EditorState): void };

/** The tools beside the picture: what a press means, the way back, before and after, and the view. */
export function createToolsView(send: (event: EditorEvent) => void): ToolsView {
  const iconOnly = true;
  const tool = (name: Tool, label: string) =>
    button(label, () => send({ type: 'tool', tool: name }), { icon: name, iconOnly, toggle: true });
  const tools: Record<Tool, HTMLButtonElement> = {
    drag: tool('drag', 'Drag points (V)'),
    anchor: tool('anchor', 'Anchors: places that stay (A)'),
    mask: tool('mask', 'Brush: what may change (B)'),
    erase: tool('erase', 'Eraser of the brush (E)'),
  };
  const undo = button('Undo (Ctrl Z)', () => send({ type: 'undo' }), { icon: 'undo', iconOnly });
  const redo = button('Redo (Ctrl Shift Z)', () => send({ type: 'redo' }), { icon: 'redo', iconOnly });
  const replay = button('Replay the motion', () => send({ type: 'replay' }), { icon: 'play', iconOnly });
  const compare = button('Before and after', () => send({ type: 'compare', compare: nextCompare }), {
    ...{ icon: 'compare', iconOnly, toggle: true },
  });
  const hold = createHold(send, () => (nextCompare === 'off' ? 'slider' : 'off'));
  let nextCompare: EditorState['compare'] = 'slider';

  let middle = { x: 0, y: 0 };
  const zoom = (factor: number) => () => send({ type: 'zoom', factor, about: middle });
  const closer = button('Closer (+)', zoom(1.5), { icon: 'in', iconOnly });
  const farther = button('Farther (−)', zoom(1 / 1.5), { icon: 'out', iconOnly });
  const fit = button('Whole picture (0)', () => send({ type: 'fit' }), { icon: 'fit', iconOnly });
  const percent = h('output', { class: 'percent', 'aria-label': 'Zoom' }, '100%');

  const group = (name: string, ...buttons: HTMLElement[]) => h('div', { class: `group ${name}` }, ...buttons);
  const element = h(
    'div',
    { class: 'tools', part: 'tools', role: 'toolbar', 'aria-label': 'Tools' },
    group('what', ...Object.values(tools)),
    group('time', undo, redo, replay, compare, hold),
    group('view', closer, percent, farther, fit),
  );
  return {
    element,
    draw(state) {
      const { document, phase, view } = state;
      middle = { x: view.x, y: view.y };
      for (const [name, one] of Object.entries(tools)) {
        setAttributes(one, { 'aria-pressed': String(state.tool === name) });
      }
      nextCompare = state.compare === 'slider' ? 'off' : 'slider';
      setAttributes(compare, { 'aria-pressed': String(state.compare === 'slider') });
      enable(undo, state.past.length > 0 || phase === 'working');
      enable(redo, state.future.length > 0);
      enable(replay, phase === 'ready' && Boolean(document?.frame.codes.length));
      enable(compare, Boolean(document));
      enable(hold, state.past.length > 0);
      enable(closer, Boolean(document) && view.zoom < mostZoom);
      for (const one of [farther, fit]) enable(one, view.zoom > 1);
      const zoomed = `${Math.round(100 * view.zoom)}%`;
      if (percent.textContent !== zoomed) percent.textContent = zoomed; // it is read aloud
    },
  };
}

/**
 * Shows the picture before the edit for as long as it is held, by pointer or key.
 *
 * @param compare what is shown else: a slider is there again afterwards
 */
function createHold(send: (event: EditorEvent) => void, compare: () => EditorState['compare']): HTMLButtonElement {
  const hold = button('Hold to see the picture before', () => undefined, { icon: 'eye', iconOnly: true });
  let before: EditorState['compare'] | null = null; // while it is held
  const begin = () => {
    if (before !== null || hold.getAttribute('aria-disabled') === 'true') return;
    before = compare();
    send({ type: 'compare', compare: 'hold' });
  };
  const end = () => {
    if (before !== null) send({ type: 'compare', compare: before });
    before = null;
  };
  hold.addEventListener('pointerdown', begin);
  for (const name of ['pointerup', 'pointerleave', 'pointercancel', 'blur', 'keyup']) hold.addEventListener(name, end);
  hold.addEventListener('contextmenu', (event) => event.preventDefault()); // a long press is the use of it
  hold.addEventListener('keydown', ({ key }) => (key === ' ' || key === 'Enter') && begin());
  return hold;
}
