import { unitOf } from '../state/geometry.js';
import { isControl, pointOf, type StageContext } from './stage-context.js';

const ways: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * Turns keys on the stage into events: arrows, Enter and Delete.
 *
 * @returns whether the space bar is held, which makes a pointer move the view
 */
export function listenToKeys({ stage: { element }, state, send }: StageContext): () => boolean {
  let space = false;
  element.addEventListener('keydown', (event) => {
    if (isControl(event.target) || event.ctrlKey || event.metaKey) return;
    const { info } = state();
    const step = event.shiftKey && info ? Math.max(1, Math.round(8 * unitOf(info))) : 1;
    const [dx, dy] = (ways[event.key] ?? [0, 0]).map((way) => way * step) as [number, number];
    const arrow = event.key in ways;
    const point = pointOf(event.target);
    if (event.key === ' ' && !point && !state().cursor) {
      space = true;
    } else if (arrow && point) {
      send({ type: 'select', point });
      send({ type: 'nudge', dx, dy });
    } else if (arrow) {
      send({ type: 'cursor', dx, dy });
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && (point || state().selected)) {
      if (point) send({ type: 'select', point });
      send({ type: 'delete' });
      element.focus({ preventScroll: true }); // the point that had it is gone
    } else if (!point && (event.key === 'Enter' || event.key === ' ')) {
      send({ type: 'press', anchor: event.shiftKey });
    } else return;
    event.preventDefault();
  });
  element.addEventListener('keyup', (event) => {
    if (event.key === ' ') space = false;
  });
  element.addEventListener('blur', () => {
    space = false; // it may be let go elsewhere
  });
  return () => space;
}
