import type { Picture, Point } from '@autodrag/autodrag';
import { coverageOf } from '../io/compose-picture.js';
import type { Stroke } from '../state/document.js';
import { distance } from '../state/geometry.js';
import { shownPoints } from '../state/pointer.js';
import type { EditorState, PointRef } from '../state/state.js';
import { h, setAttributes, svg } from './dom.js';

/** What is to be seen apart from the state: a picture of a motion, the first picture, where the brush hovers. */
export type Shown = { readonly picture: Picture | null; readonly before: Picture | null; readonly hover: Point | null };

export type StageView = {
  readonly element: HTMLElement;
  readonly split: HTMLInputElement;
  draw(state: EditorState, shown: Shown): void;
  /** From a place on the screen to pixels of the picture: (0, 0) is the centre of the top left one. */
  toPicture(state: EditorState, clientX: number, clientY: number): Point;
  /** Pixels of the picture in one pixel of the screen. */
  pixelSize(state: EditorState): number;
};

/** The picture takes so much of the stage at zoom 1. */
const filled = 0.96;

/** Draws the picture, as sharp as the screen is, and the points over it as elements that can have the focus. */
export function createStageView(): StageView {
  const canvas = h('canvas', { class: 'picture', role: 'img', 'aria-label': 'The picture' });
  const lines = svg('svg', { class: 'lines', 'aria-hidden': 'true' });
  const points = h('div', { class: 'points' });
  const split = h('input', {
    class: 'split',
    type: 'range',
    min: 0,
    max: 1,
    step: 0.01,
    'aria-label': 'Before and after',
  });
  const before = h('span', { class: 'label before' }, 'Before');
  const after = h('span', { class: 'label after' }, 'After');
  const cursor = h('div', { class: 'cursor' });
  const element = h(
    'div',
    { class: 'stage', part: 'stage', tabindex: 0, role: 'application', 'aria-label': stageLabel, 'aria-busy': 'true' },
    ...[canvas, lines, points, cursor, before, after, split, h('div', { class: 'busy', 'aria-hidden': 'true' })],
  );
  const pictures = new Map<Picture, HTMLCanvasElement>();

  const box = () => ({ width: element.clientWidth || 1, height: element.clientHeight || 1 });
  const place = ({ info, view }: EditorState) => {
    const { width, height } = box();
    const scale = Math.min(width / (info?.width ?? 1), height / (info?.height ?? 1)) * filled * view.zoom;
    return { scale, left: width / 2 - (view.x + 0.5) * scale, top: height / 2 - (view.y + 0.5) * scale };
  };

  return {
    element,
    split,
    toPicture(state, clientX, clientY) {
      const { left: x, top: y } = element.getBoundingClientRect();
      const { scale, left, top } = place(state);
      return { x: (clientX - x - left) / scale - 0.5, y: (clientY - y - top) / scale - 0.5 };
    },
    pixelSize: (state) => 1 / place(state).scale,
    draw(state, shown) {
      const { document, compare } = state;
      const { scale, left, top } = place(state);
      const ratio = window.devicePixelRatio || 1;
      const { width, height } = box();
      resize(canvas, Math.round(width * ratio), Math.round(height * ratio));
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      const now = shown.picture ?? state.preview ?? document?.frame.picture ?? null;
      const first = compare === 'hold' ? (shown.before ?? now) : now;
      context.imageSmoothingQuality = 'high';
      context.imageSmoothingEnabled = scale < 14;
      if (first) paint(context, canvasOf(pictures, first), { scale, left, top });
      if (compare === 'slider' && shown.before && now) {
        const edge = left + now.width * scale * state.split;
        context.save();
        context.beginPath();
        context.rect(0, 0, edge, height);
        context.clip();
        paint(context, canvasOf(pictures, shown.before), { scale, left, top });
        context.restore();
        context.fillStyle = '#fff';
        context.fillRect(edge - 1, top, 2, now.height * scale);
      }
      if (document && state.info) drawMask(context, state, { scale, left, top });
      drawBrush(context, state, shown.hover, { scale, left, top });
      keepOnly(pictures, [first, now, shown.before]);

      const toScreen = ({ x, y }: Point) => ({ x: left + (x + 0.5) * scale, y: top + (y + 0.5) * scale });
      drawLines(lines, state, toScreen);
      drawPoints(points, state, toScreen);
      const focused =
        element.getRootNode() instanceof ShadowRoot && (element.getRootNode() as ShadowRoot).activeElement === element;
      cursor.hidden = !state.cursor || !focused;
      if (state.cursor) move(cursor, toScreen(state.cursor));
      split.hidden = compare !== 'slider';
      split.value = String(state.split);
      before.hidden = compare === 'off';
      after.hidden = compare !== 'slider';
      element.dataset.phase = state.phase;
      setAttributes(element, { 'aria-busy': String(state.phase === 'working' || state.phase === 'loading') });
    },
  };
}

const stageLabel =
  'The picture. Pull with the mouse or a finger; or move the cross by the arrow keys and press Enter for the handle, then for its target.';

type Place = { scale: number; left: number; top: number };

function paint(context: CanvasRenderingContext2D, picture: HTMLCanvasElement, { scale, left, top }: Place): void {
  context.drawImage(picture, left, top, picture.width * scale, picture.height * scale);
}

function canvasOf(pictures: Map<Picture, HTMLCanvasElement>, picture: Picture): HTMLCanvasElement {
  const known = pictures.get(picture);
  if (known) return known;
  const canvas = h('canvas', { width: picture.width, height: picture.height });
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0);
  pictures.set(picture, canvas);
  return canvas;
}

function keepOnly(pictures: Map<Picture, unknown>, used: (Picture | null)[]): void {
  for (const picture of pictures.keys()) if (!used.includes(picture)) pictures.delete(picture);
}

function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

let tinted: { mask: readonly Stroke[]; canvas: HTMLCanvasElement } | null = null;

/** What may change, in colour: strong while it is painted, else a hint. */
function drawMask(context: CanvasRenderingContext2D, state: EditorState, at: Place): void {
  const { document, gesture, info, radius } = state;
  if (!document || !info) return;
  const strokes =
    gesture?.kind === 'brush'
      ? [...document.mask, { points: gesture.points, radius, erases: gesture.erases }]
      : document.mask;
  if (!strokes.length) return;
  if (tinted?.mask !== strokes) {
    const coverage = coverageOf(strokes, info);
    const data = new Uint8ClampedArray(coverage.length * 4);
    for (const [i, share] of coverage.entries()) data.set([90, 140, 255, share * 255], 4 * i);
    const canvas = h('canvas', { width: info.width, height: info.height });
    (canvas.getContext('2d') as CanvasRenderingContext2D).putImageData(
      new ImageData(data, info.width, info.height),
      0,
      0,
    );
    tinted = { mask: strokes, canvas };
  }
  context.globalAlpha = state.tool === 'mask' || state.tool === 'erase' ? 0.42 : 0.14;
  paint(context, tinted.canvas, at);
  context.globalAlpha = 1;
}

function drawBrush(
  context: CanvasRenderingContext2D,
  { tool, radius }: EditorState,
  hover: Point | null,
  at: Place,
): void {
  if (!hover || (tool !== 'mask' && tool !== 'erase')) return;
  for (const [style, width] of [
    ['rgb(0 0 0 / .6)', 3.5],
    ['#fff', 1.5],
  ] as const) {
    context.beginPath();
    context.arc(at.left + (hover.x + 0.5) * at.scale, at.top + (hover.y + 0.5) * at.scale, radius * at.scale, 0, 7);
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
}

/** Of a way that is left: nothing, something, much. */
function colourOfRest(rest: number, whole: number): string {
  const share = rest / Math.max(whole, 1);
  return share < 0.015 ? '#3ddc97' : share < 0.05 ? '#ffd23f' : '#ff6b6b';
}

type ToScreen = (point: Point) => Point;

function drawLines(lines: SVGSVGElement, state: EditorState, toScreen: ToScreen): void {
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
      const { x, y } = toScreen(target);
      parts.push(
        svg('circle', { cx: x, cy: y, r: 5, fill: 'none', stroke: '#000', 'stroke-opacity': 0.55, 'stroke-width': 4 }),
      );
      parts.push(svg('circle', { cx: x, cy: y, r: 5, fill: 'none', stroke: colour, 'stroke-width': 2 }));
    }
  }
  lines.replaceChildren(...parts);
}

/** Elements are kept from one drawing to the next, so that the focus stays where it is. */
function drawPoints(layer: HTMLElement, state: EditorState, toScreen: ToScreen): void {
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

function move(element: HTMLElement, { x, y }: Point): void {
  element.style.left = `${x}px`;
  element.style.top = `${y}px`;
}
