import { composePicture, fixedOutside } from '../io/compose-picture.js';
import type { Layer } from '../state/document.js';
import type { Effect } from '../state/state.js';
import type { EffectsContext } from './effects-context.js';

/** Drags points of a document, and tells where that led to. */
export async function runDrag(
  { session, send }: EffectsContext,
  { document, points }: Extract<Effect, { type: 'drag' }>,
  signal: AbortSignal,
): Promise<void> {
  const { frame, anchors, mask } = document;
  const fixed = fixedOutside(mask, frame.picture);
  const outcome = await (await session()).drag({ w: frame.w, points, anchors, mask: fixed }, { signal });
  if (signal.aborted) return;
  const { w, codes, reached, moved, distanceBefore: before, distanceAfter: after, calls, milliseconds } = outcome;
  // the model holds what is fixed as well as it can; what it changed there all the same is put back
  const layers: Layer[] = mask.length ? [...frame.layers, { w, mask }] : [{ w, mask: [] }];
  const picture = composePicture(frame.picture, outcome.picture, mask);
  send({
    ...{ type: 'dragged', frame: { w, picture, layers, codes, points, anchors } },
    ...{ moved, before, after, calls, outside: outcome.maskChange, milliseconds },
    trace: points.map(({ target }, i) => ({ handle: reached[i] ?? target, target })),
  });
}
