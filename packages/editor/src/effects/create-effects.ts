import { plainWords } from '../plain-words.js';
import type { Effect } from '../state/state.js';
import type { EffectsContext } from './effects-context.js';
import { runDrag } from './run-drag.js';
import { runPlay } from './run-play.js';
import { createPreviews } from './run-preview.js';
import { runSample } from './run-sample.js';

/** Carries out what the state machine asks for. One request at a time; what was stopped is never heard of again. */
export function createEffects(context: EffectsContext): (effect: Effect) => void {
  let running = new AbortController();
  const runPreview = createPreviews(context);

  const run = async (work: (signal: AbortSignal) => Promise<void>) => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) context.send({ type: 'problem', message: plainWords(error) });
    }
  };

  return (effect) => {
    if (effect.type === 'stop') {
      running.abort();
      context.show(null);
    } else if (effect.type === 'keep') context.keep();
    else if (effect.type === 'start') context.start();
    else if (effect.type === 'preview') void runPreview(effect.of);
    else if (effect.type === 'play') void run((signal) => runPlay(context, effect.frame, signal));
    else if (effect.type === 'drag') void run((signal) => runDrag(context, effect, signal));
    else void run((signal) => runSample(context, effect, signal));
  };
}
