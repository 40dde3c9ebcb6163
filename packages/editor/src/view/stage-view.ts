import type { Picture, Point } from '@autodrag/autodrag';
import type { EditorState } from '../state/state.js';
import { h, isFocused, setAttributes, svg } from './dom.js';
import { createMaskDrawing } from './draw-mask.js';
import { createPictureDrawing } from './draw-picture.js';
import { drawLines, drawPoints, move } from './draw-points.js';
import { type Place, placePicture, toPixel, toStage } from './place-picture.js';

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

/** Draws the picture, as sharp as the screen is, and the points over it as elements that can have the focus. */
export function createStageView(): StageView {
  const parts = createParts();
  const { element, split, sheet, lines, points, cursor } = parts;
  const drawPicture = createPictureDrawing(parts.canvas);
  const drawMask = createMaskDrawing(parts.mask);
  const size = () => ({ width: element.clientWidth || 1, height: element.clientHeight || 1 });

  return {
    element,
    split,
    toPicture(state, clientX, clientY) {
      const { left, top } = element.getBoundingClientRect();
      return toPixel(placePicture(state, size()), { x: clientX - left, y: clientY - top });
    },
    pixelSize: (state) => 1 / placePicture(state, size()).scale,
    draw(state, shown) {
      const { width, height } = size();
      const place = placePicture(state, { width, height });
      const toScreen = (point: Point) => toStage(place, point);
      const box = { width, height, ratio: window.devicePixelRatio || 1 };
      drawPicture(state, { picture: shown.picture, before: shown.before, at: place, box });
      drawMask(state, place);
      placeSheet(sheet, state, place);
      drawLines(lines, state, { toScreen, brush: shown.hover });
      drawPoints(points, state, toScreen);
      cursor.hidden = !state.cursor || !isFocused(element);
      if (state.cursor) move(cursor, toScreen(state.cursor));
      drawComparison(parts, state, shownPart(place, state, { width, height }));
      element.dataset.phase = state.phase;
      element.dataset.tool = state.tool;
      setAttributes(element, { 'aria-busy': String(state.phase === 'working' || state.phase === 'loading') });
    },
  };
}

/** In their order: what is later lies on top. */
function createParts() {
  const sheet = h('div', { class: 'sheet', 'aria-hidden': 'true' });
  const canvas = h('canvas', { class: 'picture', role: 'img', 'aria-label': 'The picture' });
  const mask = h('canvas', { class: 'mask', 'aria-hidden': 'true', hidden: true });
  const lines = svg('svg', { class: 'lines', 'aria-hidden': 'true' });
  const points = h('div', { class: 'points' });
  const cursor = h('div', { class: 'cursor' });
  const before = h('span', { class: 'label before' }, 'Before');
  const after = h('span', { class: 'label after' }, 'After');
  const range = { type: 'range', min: 0, max: 1, step: 'any' };
  const split = h('input', { class: 'split', ...range, 'aria-label': 'Before and after' });
  const element = h(
    'div',
    { class: 'stage', part: 'stage', tabindex: 0, role: 'application', 'aria-label': stageLabel, 'aria-busy': 'true' },
    ...[
      sheet,
      canvas,
      mask,
      lines,
      points,
      cursor,
      before,
      after,
      split,
      h('div', { class: 'busy', 'aria-hidden': 'true' }),
    ],
  );
  return { element, sheet, canvas, mask, lines, points, cursor, before, after, split };
}

type Parts = ReturnType<typeof createParts>;

/** The slider is as wide as what is seen of the picture, so that its thumb is where the two pictures meet. */
function drawComparison({ before, after, split }: Parts, { compare, split: share }: EditorState, part: Part): void {
  split.hidden = compare !== 'slider';
  before.hidden = compare === 'off';
  after.hidden = compare !== 'slider';
  if (compare === 'off') return;
  const { left, right, top, bottom } = part;
  move(before, { x: left + 12, y: top + 12 });
  after.style.transform = `translate(calc(${right - 12}px - 100%), ${top + 12}px)`;
  setAttributes(split, { min: part.from, max: part.to });
  split.value = String(share);
  split.style.width = `${right - left + thumb}px`;
  move(split, { x: left - thumb / 2, y: bottom - 34 });
}

/** Width of a slider's thumb: its middle stays half of that away from both ends. */
const thumb = 16;

/** What is seen of the picture, in pixels of the stage, and from where to where in shares of its width. */
type Part = Readonly<Record<'left' | 'right' | 'top' | 'bottom' | 'from' | 'to', number>>;

function shownPart(place: Place, { info }: EditorState, box: { width: number; height: number }): Part {
  const [width, height] = [(info?.width ?? 1) * place.scale, (info?.height ?? 1) * place.scale];
  const [left, right] = [Math.max(place.left, 0), Math.min(place.left + width, box.width)];
  const [top, bottom] = [Math.max(place.top, 0), Math.min(place.top + height, box.height)];
  return { left, right, top, bottom, from: (left - place.left) / width, to: (right - place.left) / width };
}

/** What lies under the picture and throws its shadow: a canvas that did would draw it over the ones before. */
function placeSheet({ style }: HTMLElement, { info, document }: EditorState, { scale, left, top }: Place): void {
  style.display = document ? 'block' : 'none';
  style.transform = `translate(${left}px, ${top}px)`;
  style.width = `${(info?.width ?? 0) * scale}px`;
  style.height = `${(info?.height ?? 0) * scale}px`;
}

const stageLabel =
  'The picture. Pull with the mouse or a finger; or move the cross by the arrow keys and press Enter for the handle, then for its target.';
