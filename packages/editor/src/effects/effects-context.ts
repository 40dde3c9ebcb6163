import type { Picture } from '@autodrag/autodrag';
import type { EditorSession } from '../session/editor-session.js';
import type { EditorEvent } from '../state/state.js';

export type EffectsContext = {
  /** Starts one, where there is none or the one before has died. */
  session(): Promise<EditorSession>;
  send(event: EditorEvent): void;
  /** Shows a picture of a motion; null ends it. */
  show(picture: Picture | null): void;
  /** Of the frame before the current one. */
  before(): Picture | null;
  start(): void;
  keep(): void;
};
