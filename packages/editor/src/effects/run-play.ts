import { motionOf } from '../io/motion.js';
import type { Frame } from '../state/document.js';
import type { EffectsContext } from './effects-context.js';

/** Shows the motion that led to a frame, to those who want to see motions, and look. */
export async function runPlay(
  { session, send, show, before }: EffectsContext,
  frame: Frame,
  signal: AbortSignal,
): Promise<void> {
  const below = before();
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  try {
    if (below && !still && !document.hidden) {
      for await (const picture of motionOf(await session(), frame, { below, signal })) {
        if (signal.aborted) return;
        if (document.hidden) break;
        show(picture);
        await nextFrame();
      }
    }
  } finally {
    if (!signal.aborted) show(null);
  }
  if (!signal.aborted) send({ type: 'played' });
}

/** The screen's; or the page goes into the background, where there is none to wait for. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    document.addEventListener('visibilitychange', done);
    requestAnimationFrame(done);
  });
}
