import type { Picture } from '@autodrag/autodrag';
import { framesOf } from '../io/motion.js';
import type { SessionEvent } from '../session/editor-session.js';
import type { EditorEvent, EditorState } from '../state/state.js';
import { h } from './dom.js';
import { keepFocus } from './keep-focus.js';
import { createLoadView } from './load-view.js';
import { createPanelView, type PanelActions } from './panel-view.js';
import { createRaceView, type RaceActions, type Runner } from './race-view.js';
import { scrollsAround } from './scrolls-around.js';
import type { SectionExtra } from './sections/section.js';
import { listenToStage } from './stage-input.js';
import { createStageView } from './stage-view.js';
import { createToolsView } from './tools-view.js';

/** What is to be seen apart from the state. */
export type Around = SectionExtra & {
  /** Of a motion, instead of the current one. */
  readonly picture: Picture | null;
  readonly runners: readonly Runner[];
  readonly racing: boolean;
};

export type EditorViewContext = {
  state(): EditorState;
  send(event: EditorEvent): void;
  around(): Around;
  panel: Omit<PanelActions, 'send'>;
  race: RaceActions;
};

export type EditorView = {
  readonly element: HTMLElement;
  readonly stage: HTMLElement;
  /** Draws everything at the next frame of the screen: once, however much happens until then. */
  draw(): void;
  /** Bytes of a model that have come. */
  progress(event: Extract<SessionEvent, { type: 'progress' }>): void;
  /** The bytes that are told from now on are of another model. */
  loading(): void;
};

/** All that is seen: the picture between the tools and the panel. */
export function createEditorView({ state, send, around, panel: actions, race }: EditorViewContext): EditorView {
  const stage = createStageView();
  const load = createLoadView(send);
  const tools = createToolsView(send);
  const raceView = createRaceView(race);
  const panel = createPanelView({ ...actions, send }, raceView.element);
  let hover: { x: number; y: number } | null = null;
  let awaited = false;

  const drawNow = () => {
    awaited = false;
    keepFocus(stage.element, drawAll);
  };
  const drawAll = () => {
    const now = state();
    const { picture, runners, racing, ...more } = around();
    const before = now.document ? (framesOf(now.document, now.past)[0]?.picture ?? null) : null;
    // to know it lays the page out, which a pull must not pay for
    if (!now.gesture) stage.element.classList.toggle('scrolls', scrollsAround(stage.element));
    stage.draw(now, { picture, before, hover });
    tools.draw(now);
    panel.draw(now, more);
    load.draw(now);
    raceView.draw(runners, { possible: Boolean(now.document?.frame.points?.length), running: racing });
  };
  const draw = () => {
    if (!awaited) requestAnimationFrame(drawNow);
    awaited = true;
  };

  stage.element.append(...load.elements);
  listenToStage({
    ...{ stage, state, send },
    hover(at) {
      const { tool } = state();
      const brushes = tool === 'mask' || tool === 'erase';
      if (!brushes && !hover) return;
      hover = brushes ? at : null;
      draw();
    },
  });
  return {
    element: h('div', { class: 'editor' }, tools.element, stage.element, panel.element),
    stage: stage.element,
    draw,
    progress(event) {
      load.progress(event);
      draw();
    },
    loading: load.reset,
  };
}
