import type { EditorSession } from '../session/editor-session.js';
import type { Frame, Layer } from '../state/document.js';

/** The frame of layers: of a link, or of a code. */
export async function frameOfLayers(
  session: EditorSession,
  layers: readonly Layer[],
  signal?: AbortSignal,
): Promise<Frame> {
  const { renderLayers } = await import('./render-layers.js');
  const picture = await renderLayers(session, layers, { signal });
  const w = layers.at(-1)?.w;
  if (!w) throw new Error('There is no picture in it.');
  return { w, picture, layers, codes: [], opened: true };
}
