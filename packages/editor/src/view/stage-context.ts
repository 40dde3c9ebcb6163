import type { EditorEvent, EditorState, PointRef } from '../state/state.js';
import type { StageView } from './stage-view.js';

/** What turns input on the stage into events. */
export type StageContext = {
  readonly stage: StageView;
  state(): EditorState;
  send(event: EditorEvent): void;
};

/** What lies on the stage and is pressed for itself: the slider, and the card with what went wrong. */
export function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.split, .load') !== null;
}

export function pointOf(target: EventTarget | null): PointRef | null {
  if (!(target instanceof HTMLElement) || !target.classList.contains('point')) return null;
  return { kind: target.dataset.kind as PointRef['kind'], index: Number(target.dataset.index) };
}
