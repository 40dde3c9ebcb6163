import type { Picture } from '@autodrag/autodrag';
import type { CallOptions, EditorSession } from '../session/editor-session.js';
import type { Layer } from '../state/document.js';
import { composePicture } from './compose-picture.js';

/** The picture of layers, from the bottom; `below` is what lies under the first one. */
export async function renderLayers(
  session: EditorSession,
  layers: readonly Layer[],
  call: CallOptions & { below?: Picture } = {},
): Promise<Picture> {
  let picture: Picture | null = call.below ?? null;
  for (const { w, mask } of layers) {
    const top = await session.render(w, { signal: call.signal });
    picture = picture ? composePicture(picture, top, mask) : top;
  }
  if (!picture) throw new Error('renderLayers: there is no layer');
  return picture;
}
