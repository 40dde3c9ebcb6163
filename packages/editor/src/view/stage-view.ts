import type { Picture, Point } from '@autodrag/autodrag';
import type { EditorState } from '../state/state.js';
import { h, isFocused, setAttributes, svg } from './dom.js';
import { createPictureDrawing } from './draw-picture.js';
import { drawLines, drawPoints, move } from './draw-points.js';

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
  const sheet = h('div', { class: 'sheet', 'aria-hidden': 'true' });
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
    ...[sheet, canvas, lines, points, cursor, before, after, split, h('div', { class: 'busy', 'aria-hidden': 'true' })],
  );
  const drawPicture = createPictureDrawing(canvas);

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
      const { compare } = state;
      const { scale, left, top } = place(state);
      const ratio = window.devicePixelRatio || 1;
      const { width, height } = box();
      drawPicture(state, { ...shown, at: { scale, left, top }, box: { width, height, ratio } });
      placeSheet(sheet, state, { scale, left, top });
      const toScreen = ({ x, y }: Point) => ({ x: left + (x + 0.5) * scale, y: top + (y + 0.5) * scale });
      drawLines(lines, state, toScreen);
      drawPoints(points, state, toScreen);
      cursor.hidden = !state.cursor || !isFocused(element);
      if (state.cursor) move(cursor, toScreen(state.cursor));
      split.hidden = compare !== 'slider';
      split.value = String(state.split);
      before.hidden = compare === 'off';
      after.hidden = compare !== 'slider';
      element.dataset.phase = state.phase;
      element.dataset.tool = state.tool;
      setAttributes(element, { 'aria-busy': String(state.phase === 'working' || state.phase === 'loading') });
    },
  };
}

/** What lies under the picture and throws its shadow: a canvas that did would draw it over the ones before. */
function placeSheet(
  { style }: HTMLElement,
  { info, document }: EditorState,
  { scale, left, top }: { scale: number; left: number; top: number },
): void {
  style.display = document ? 'block' : 'none';
  style.transform = `translate(${left}px, ${top}px)`;
  style.width = `${(info?.width ?? 0) * scale}px`;
  style.height = `${(info?.height ?? 0) * scale}px`;
}

const stageLabel =
  'The picture. Pull with the mouse or a finger; or move the cross by the arrow keys and press Enter for the handle, then for its target.';
