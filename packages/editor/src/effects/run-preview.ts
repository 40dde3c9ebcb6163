import { composePicture } from '../io/compose-picture.js';
import type { PreviewRequest } from '../state/state.js';
import type { EffectsContext } from './effects-context.js';

/** A picture for each place of the pointer that the session keeps up with. */
export async function runPreview({ session, send }: EffectsContext, of: PreviewRequest): Promise<void> {
  const { frame, anchors, mask } = of.document;
  try {
    const picture = await (await session()).preview({ w: frame.w, points: of.points, anchors });
    if (picture) send({ type: 'previewed', picture: composePicture(frame.picture, picture, mask), of });
  } catch {
    // the drag that follows says what is wrong
  }
}
