import type { EditorEvent } from '../state/state.js';
import { h } from './dom.js';
import { createFacesSection, type FacesActions } from './sections/faces-section.js';
import { createHelpSection } from './sections/help-section.js';
import { createModelSection, type ModelActions } from './sections/model-section.js';
import { createPointsSection } from './sections/points-section.js';
import type { Section } from './sections/section.js';
import { createShareSection, type ShareActions } from './sections/share-section.js';
import { createStatusView } from './status-view.js';

/** What the panel asks for that is no event of the editor's state. */
export type PanelActions = { send(event: EditorEvent): void } & ModelActions & ShareActions & Omit<FacesActions, 'say'>;

/**
 * The controls beside the picture.
 *
 * @param race stands between saving and the model
 */
export function createPanelView(actions: PanelActions, race: HTMLElement): Section {
  const say = (status: string) => actions.send({ type: 'say', status });
  const faces = createFacesSection({ ...actions, say });
  const points = createPointsSection(actions.send);
  const share = createShareSection(actions);
  const model = createModelSection(actions);
  const status = createStatusView(actions.send);
  const sections = [faces.top, points, faces.more, share, model];
  const scroll = h('div', { class: 'scroll' }, ...[faces.top, points, faces.more, share].map(({ element }) => element));
  scroll.append(race, model.element, createHelpSection(), h('slot', { name: 'panel' }));
  return {
    element: h('section', { class: 'panel', part: 'panel', 'aria-label': 'Controls' }, scroll, status.element),
    draw(state, more) {
      for (const section of sections) section.draw(state, more);
      status.draw(state);
    },
  };
}
