export { AutodragEditor, defineAutodragEditor } from './element.js';
export { composePicture } from './io/compose-picture.js';
export { exportAnimation } from './io/export-animation.js';
export { exportLatent, exportPicture } from './io/export-picture.js';
export { openLatent } from './io/open-latent.js';
export { readShareLink, type Shared, writeShareLink } from './io/share-link.js';
export type { ModelSource, SessionInfo, StartOptions } from './session/editor-session.js';
export type { EditorDocument, Frame, Layer, Origin, Stroke } from './state/document.js';
export {
  type EditorEvent,
  type EditorState,
  type Effect,
  type Gesture,
  initialState,
  type Phase,
  type PointRef,
  type PreviewRequest,
  type Tool,
  type View,
} from './state/state.js';
export { transition } from './state/transition.js';
