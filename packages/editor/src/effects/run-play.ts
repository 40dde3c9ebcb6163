import { motionOf } from '../io/motion.js';
import type { Frame } from '../state/document.js';
import type { EffectsContext } from './effects-context.js';

/** Shows the motion that led to a frame, to those who want to see motions. */
export async function runPlay(
  { session, send, show, before }: EffectsContext,
  frame: Frame,
  signal: AbortSignal,
): Promise<void> {
  const below = before();
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  try {
    if (below && !still) {
      for await (const picture of motionOf(await session(), frame, { below, signal })) {
        if (signal.aborted) return;
        show(picture);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    }
  } finally {
    if (!signal.aborted) show(null);
  }
  if (!signal.aborted) send({ type: 'played' });
}
