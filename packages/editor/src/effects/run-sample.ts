import { frameOfLayers } from '../io/frame-of-layers.js';
import type { EditorSession } from '../session/editor-session.js';
import type { Frame, Origin } from '../state/document.js';
import type { Effect } from '../state/state.js';
import type { EffectsContext } from './effects-context.js';

/** Another picture: of a seed, or of a code that is opened. */
export async function runSample(
  { session, send }: EffectsContext,
  effect: Extract<Effect, { type: 'sample' | 'open' }>,
  signal: AbortSignal,
): Promise<void> {
  const from = performance.now();
  const { origin } = effect;
  const frame =
    effect.type === 'sample'
      ? await frameOfOrigin(await session(), origin, signal)
      : await frameOfLayers(await session(), [{ w: effect.w, mask: [] }], signal);
  if (!signal.aborted) send({ type: 'sampled', origin, frame, milliseconds: performance.now() - from });
}

async function frameOfOrigin(session: EditorSession, { seed, psi, mix }: Origin, signal: AbortSignal): Promise<Frame> {
  const { w, picture } = await session.sample({ seed, psi, ...(mix ? { mix } : {}) }, { signal });
  return { w, picture, layers: [{ w, mask: [] }], codes: [] };
}
