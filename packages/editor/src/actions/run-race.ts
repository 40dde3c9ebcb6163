import { fixedOutside } from '../io/compose-picture.js';
import { framesOf } from '../io/motion.js';
import { plainWords } from '../plain-words.js';
import type { DragMethodName, EditorSession } from '../session/editor-session.js';
import type { EditorState } from '../state/state.js';
import type { Runner } from '../view/race-view.js';

/**
 * The last drag again, by every method, one after the other: they have one processor to share.
 *
 * @param onChange called with all runners whenever one of them has come farther
 * @throws Error if there was no drag yet
 */
export async function runRace(
  session: EditorSession,
  { document, past, info }: EditorState,
  { signal, onChange }: { signal: AbortSignal; onChange(runners: readonly Runner[]): void },
): Promise<void> {
  const [from, to] = (document ? framesOf(document, past) : []).slice(-2);
  if (!from || !to?.points?.length) throw new Error('There is no drag yet to race on.');
  const mask = fixedOutside(to.layers.at(-1)?.mask ?? [], from.picture);
  const request = { w: from.w, points: to.points, anchors: to.anchors, mask };
  const methods: DragMethodName[] = info?.maxPoints
    ? ['predictor', 'refined', 'freedrag', 'draggan']
    : ['freedrag', 'draggan'];
  let runners: readonly Runner[] = methods.map((method) => ({
    ...{ method, step: 0, steps: 1, milliseconds: 0, end: null, problem: null },
  }));
  onChange(runners);
  for (const method of methods) {
    if (signal.aborted) return;
    const began = performance.now();
    const set = (change: Partial<Runner>) => {
      const milliseconds = performance.now() - began;
      runners = runners.map((one) => (one.method === method ? { ...one, milliseconds, ...change } : one));
      onChange(runners);
    };
    const unsubscribe = session.subscribe((event) => {
      if (event.type === 'step' && event.watch === method) set({ step: event.step, steps: event.steps });
    });
    try {
      const { picture, w, distanceAfter } = await session.drag({ ...request, method, watch: method }, { signal });
      set({ end: { picture, w, distance: distanceAfter } });
    } catch (error) {
      set({ problem: signal.aborted ? 'stopped' : plainWords(error) });
    } finally {
      unsubscribe();
    }
  }
}
