import type { Picture } from '@autodrag/autodrag';
import type { DragMethodName } from '../session/editor-session.js';
import { button, enable, h, pixelCanvas, setAttributes } from './dom.js';

/** One method's part in a race. */
export type Runner = {
  readonly method: DragMethodName;
  readonly step: number;
  readonly steps: number;
  readonly milliseconds: number;
  /** Null until it has arrived. */
  readonly end: { readonly picture: Picture; readonly distance: number; readonly w: Float32Array } | null;
  readonly problem: string | null;
};

export type RaceActions = {
  start(): void;
  stop(): void;
  /** Goes on from where a runner has arrived. */
  take(w: Float32Array): void;
};

export const methodNames: Readonly<Record<DragMethodName, string>> = {
  predictor: 'autodrag',
  refined: 'autodrag, refined',
  draggan: 'DragGAN',
  freedrag: 'FreeDrag',
};

/**
 * The methods side by side: the same points from the same picture, each with its clock and with what is left of the
 * way.
 */
export function createRaceView(actions: RaceActions) {
  const start = button('Race on the last drag', actions.start);
  const stop = button('Stop', actions.stop);
  const list = h('div', { class: 'race' });
  const element = h('details', {}, h('summary', {}, 'Methods side by side'));
  const hint =
    'The last drag again, by each method, from the same picture. The optimisations work for as long as they need.';
  element.append(h('div', {}, h('p', { class: 'hint' }, hint), h('div', { class: 'row' }, start, stop), list));
  let drawn: readonly Runner[] | null = null;
  return {
    element,
    draw(runners: readonly Runner[], { possible, running }: { possible: boolean; running: boolean }) {
      enable(start, possible && !running);
      enable(stop, running);
      if (runners === drawn) return;
      drawn = runners;
      list.replaceChildren(...runners.map((runner) => lane(runner, actions.take)));
    },
  };
}

function lane(
  { method, step, steps, milliseconds, end, problem }: Runner,
  take: (w: Float32Array) => void,
): HTMLElement {
  const name = methodNames[method];
  const time = milliseconds ? `${(milliseconds / 1000).toFixed(1)} s` : '';
  const left = end ? `, ${end.distance.toFixed(1)} px left` : '';
  const bar = h('progress', { 'aria-label': name });
  if (end || problem || step > 0)
    setAttributes(bar, { max: Math.max(steps, 1), value: end ? Math.max(steps, 1) : step });
  if (!step && !end) setAttributes(bar, { max: 1, value: 0 });
  const one = h(
    'div',
    { class: 'lane' },
    h('strong', {}, name),
    h('span', { class: 'left' }, problem ?? `${time}${left}`),
    bar,
  );
  if (end) {
    const { picture, w } = end;
    const open = button(`Go on from the result of ${name}`, () => take(w), { iconOnly: true });
    open.classList.remove('icon-only');
    open.append(pixelCanvas(picture));
    one.append(open);
  }
  return one;
}
