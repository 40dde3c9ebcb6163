import { composePicture } from '../io/compose-picture.js';
import type { PreviewRequest } from '../state/state.js';
import type { EffectsContext } from './effects-context.js';

/**
 * A picture for each place of the pointer that the session keeps up with: a draft where whole ones are slow, and a
 * whole one as soon as the pointer rests.
 */
export function createPreviews({ session, send }: EffectsContext): (of: PreviewRequest) => Promise<void> {
  let newest: PreviewRequest | null = null;
  return async (of) => {
    newest = of;
    const { frame, anchors, mask } = of.document;
    try {
      for (const draft of [true, false]) {
        const picture = await (await session()).preview({ w: frame.w, points: of.points, anchors, draft });
        if (!picture) return;
        send({ type: 'previewed', picture: composePicture(frame.picture, picture, mask), of });
        if (!picture.draft || newest !== of) return;
      }
    } catch {
      // the drag that follows says what is wrong
    }
  };
}
