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
  let lanes: { readonly method: DragMethodName; readonly lane: Lane }[] = [];
  return {
    element,
    draw(runners: readonly Runner[], { possible, running }: { possible: boolean; running: boolean }) {
      enable(start, possible && !running);
      enable(stop, running);
      if (runners.length !== lanes.length || runners.some(({ method }, i) => method !== lanes[i]?.method)) {
        lanes = runners.map(({ method }) => ({ method, lane: createLane(method, actions.take) }));
        list.replaceChildren(...lanes.map(({ lane }) => lane.element));
      }
      for (const [i, runner] of runners.entries()) lanes[i]?.lane.draw(runner);
    },
  };
}

type Lane = { readonly element: HTMLElement; draw(runner: Runner): void };

/** One method's clock, way and result. It stays while its numbers change: a button that is replaced loses its press. */
function createLane(method: DragMethodName, take: RaceActions['take']): Lane {
  const name = methodNames[method];
  const left = h('span', { class: 'left' });
  const bar = h('progress', { 'aria-label': name, max: 1, value: 0 });
  const element = h('div', { class: 'lane' }, h('strong', {}, name), left, bar);
  let end: Runner['end'] = null;
  const open = button(`Go on from the result of ${name}`, () => end && take(end.w), { iconOnly: true });
  open.classList.remove('icon-only');
  return {
    element,
    draw(runner) {
      const { step, steps, milliseconds, problem } = runner;
      const time = milliseconds ? `${(milliseconds / 1000).toFixed(1)} s` : '';
      left.textContent = problem ?? `${time}${runner.end ? `, ${runner.end.distance.toFixed(1)} px left` : ''}`;
      const max = Math.max(steps, 1);
      setAttributes(bar, { max, value: runner.end ? max : step });
      if (runner.end === end) return;
      end = runner.end;
      open.replaceChildren(...(end ? [pixelCanvas(end.picture)] : []));
      if (end) element.append(open);
      else open.remove();
    },
  };
}
