import type { Picture } from '@autodrag/autodrag';
import { composePicture, fixedOutside } from './io/compose-picture.js';
import { motionOf } from './io/motion.js';
import { plainWords } from './plain-words.js';
import type { EditorSession } from './session/editor-session.js';
import type { EditorDocument, Frame, Layer, Origin } from './state/document.js';
import type { EditorEvent, Effect, PreviewRequest } from './state/state.js';

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

/** Carries out what the state machine asks for. One request at a time; what was stopped is never heard of again. */
export function createEffects(context: EffectsContext): (effect: Effect) => void {
  const { send } = context;
  let running = new AbortController();

  const begin = (): AbortSignal => {
    running.abort();
    running = new AbortController();
    return running.signal;
  };
  const run = async (work: (signal: AbortSignal) => Promise<void>) => {
    const signal = begin();
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) send({ type: 'problem', message: plainWords(error) });
    }
  };

  return (effect) => {
    if (effect.type === 'stop') {
      running.abort();
      context.show(null);
    } else if (effect.type === 'keep') context.keep();
    else if (effect.type === 'start') context.start();
    else if (effect.type === 'preview') void preview(effect.of);
    else if (effect.type === 'play') void run((signal) => play(effect.frame, signal));
    else if (effect.type === 'drag') void run((signal) => drag(effect.document, effect.points, signal));
    else void run((signal) => sample(effect, signal));
  };

  async function sample(effect: Extract<Effect, { type: 'sample' | 'open' }>, signal: AbortSignal) {
    const from = performance.now();
    let frame: Frame;
    if (effect.type === 'sample') {
      const { seed, psi, mix } = effect.origin;
      const { w, picture } = await (await context.session()).sample({ seed, psi, ...(mix ? { mix } : {}) }, { signal });
      frame = { w, picture, layers: [{ w, mask: [] }], codes: [] };
    } else {
      frame = await frameOf(await context.session(), [{ w: effect.w, mask: [] }], signal);
    }
    if (!signal.aborted)
      send({ type: 'sampled', origin: effect.origin, frame, milliseconds: performance.now() - from });
  }

  async function drag(document: EditorDocument, points: EditorDocument['points'], signal: AbortSignal) {
    const { frame, anchors, mask } = document;
    const fixed = fixedOutside(mask, frame.picture);
    const outcome = await (await context.session()).drag({ w: frame.w, points, anchors, mask: fixed }, { signal });
    if (signal.aborted) return;
    const { w, codes, reached, moved, distanceBefore: before, distanceAfter: after, calls, milliseconds } = outcome;
    // the model holds what is fixed as well as it can; what it changed there all the same is put back
    const layers: Layer[] = mask.length ? [...frame.layers, { w, mask }] : [{ w, mask: [] }];
    const picture = composePicture(frame.picture, outcome.picture, mask);
    const trace = points.map(({ target }, i) => ({ handle: reached[i] ?? target, target }));
    send({
      type: 'dragged',
      frame: { w, picture, layers, codes, points, anchors },
      moved,
      before,
      after,
      calls,
      outside: outcome.maskChange,
      milliseconds,
      trace,
    });
  }

  /** A picture for each place of the pointer that the session keeps up with. */
  async function preview(of: PreviewRequest) {
    const { frame, anchors, mask } = of.document;
    try {
      const picture = await (await context.session()).preview({ w: frame.w, points: of.points, anchors });
      if (picture) send({ type: 'previewed', picture: composePicture(frame.picture, picture, mask), of });
    } catch {
      // the drag that follows says what is wrong
    }
  }

  async function play(frame: Frame, signal: AbortSignal) {
    const below = context.before();
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    try {
      if (below && !still) {
        for await (const picture of motionOf(await context.session(), frame, { below, signal })) {
          if (signal.aborted) return;
          context.show(picture);
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
      }
    } finally {
      if (!signal.aborted) context.show(null);
    }
    if (!signal.aborted) send({ type: 'played' });
  }
}

/** The frame of layers: of a link, or of a code. */
export async function frameOf(session: EditorSession, layers: readonly Layer[], signal?: AbortSignal): Promise<Frame> {
  const { renderLayers } = await import('./io/render-layers.js');
  const picture = await renderLayers(session, layers, { signal });
  const w = layers.at(-1)?.w;
  if (!w) throw new Error('There is no picture in it.');
  return { w, picture, layers, codes: [], opened: true };
}

export const firstOrigin = (seed: number): Origin => ({ seed, psi: 0.7, mix: null });
