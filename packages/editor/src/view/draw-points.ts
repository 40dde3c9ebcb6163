import type { Point } from '@autodrag/autodrag';
import { distance, unitOf } from '../state/geometry.js';
import { shownPoints } from '../state/pointer.js';
import type { EditorState, PointRef } from '../state/state.js';
import { h, setAttributes, svg } from './dom.js';

/** Of a way that is left: nothing, something, much. */
function colourOfRest(rest: number, whole: number): string {
  const share = rest / Math.max(whole, 1);
  return share < 0.015 ? '#3ddc97' : share < 0.05 ? '#ffd23f' : '#ff6b6b';
}

export type ToScreen = (point: Point) => Point;

/** @param brush where it hovers */
export function drawLines(
  lines: SVGSVGElement,
  state: EditorState,
  { toScreen, brush }: { toScreen: ToScreen; brush: Point | null },
): void {
  const parts: SVGElement[] = [];
  const line = (from: Point, to: Point, colour: string) => {
    const [a, b] = [toScreen(from), toScreen(to)];
    const ends = { x1: a.x, y1: a.y, x2: b.x, y2: b.y, 'stroke-linecap': 'round' };
    parts.push(svg('line', { ...ends, stroke: '#000', 'stroke-opacity': 0.55, 'stroke-width': 5 }));
    parts.push(svg('line', { ...ends, stroke: colour, 'stroke-width': 2.5 }));
  };
  for (const { handle, target } of shownPoints(state)) line(handle, target, '#fff');
  if (state.phase !== 'playing') {
    for (const { handle, target } of state.document?.trace ?? []) {
      const colour = colourOfRest(distance(handle, target), state.info?.width ?? 1);
      line(handle, target, colour);
      parts.push(...ring(toScreen(target), { radius: 5, colour, width: 2 }));
    }
  }
  if (brush && state.info && (state.tool === 'mask' || state.tool === 'erase')) {
    const at = toScreen(brush);
    const edge = toScreen({ x: brush.x + state.radius * unitOf(state.info), y: brush.y });
    parts.push(...ring(at, { radius: edge.x - at.x, colour: '#fff', width: 1.5 }));
  }
  lines.replaceChildren(...parts);
}

/** To be seen on whatever lies below. */
function ring({ x, y }: Point, { radius, colour, width }: { radius: number; colour: string; width: number }) {
  const circle = { cx: x, cy: y, r: radius, fill: 'none' };
  return [
    svg('circle', { ...circle, stroke: '#000', 'stroke-opacity': 0.55, 'stroke-width': width + 2 }),
    svg('circle', { ...circle, stroke: colour, 'stroke-width': width }),
  ];
}

/** Elements are kept from one drawing to the next, so that the focus stays where it is. */
export function drawPoints(layer: HTMLElement, state: EditorState, toScreen: ToScreen): void {
  const { document, selected, gesture } = state;
  const wanted = new Map<string, { ref: PointRef; at: Point }>();
  shownPoints(state).forEach(({ handle, target }, index) => {
    wanted.set(`handle ${index}`, { ref: { kind: 'handle', index }, at: handle });
    wanted.set(`target ${index}`, { ref: { kind: 'target', index }, at: target });
  });
  document?.anchors.forEach((anchor, index) => {
    const moved = gesture?.kind === 'move' && gesture.point.kind === 'anchor' && gesture.point.index === index;
    wanted.set(`anchor ${index}`, { ref: { kind: 'anchor', index }, at: moved ? gesture.at : anchor });
  });
  for (const child of [...layer.children] as HTMLElement[]) if (!wanted.has(child.dataset.key ?? '')) child.remove();
  for (const [key, { ref, at }] of wanted) {
    let element = layer.querySelector<HTMLElement>(`[data-key="${key}"]`);
    if (!element) {
      element = h('button', {
        type: 'button',
        class: 'point',
        'data-key': key,
        'data-kind': ref.kind,
        'data-index': ref.index,
      });
      layer.append(element);
    }
    element.classList.toggle('selected', selected?.kind === ref.kind && selected.index === ref.index);
    const place = `${Math.round(at.x)}, ${Math.round(at.y)}`;
    setAttributes(element, {
      'aria-label': `${names[ref.kind]} ${ref.index + 1} at ${place}. Arrow keys move it, Delete removes it.`,
    });
    move(element, toScreen(at));
  }
}

const names = { handle: 'Handle', target: 'Target', anchor: 'Anchor' } as const;

/** By a transform: nothing is laid out anew for it, and it is no jump of the page. */
export function move(element: HTMLElement, { x, y }: Point): void {
  element.style.transform = `translate(${x}px, ${y}px)`;
}
