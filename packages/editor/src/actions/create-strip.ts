import type { Picture } from '@autodrag/autodrag';
import type { EditorSession } from '../session/editor-session.js';

export type Sample = { readonly seed: number; readonly picture: Picture };

const stripLength = 8;
/** Their places are there from the start, so that nothing below jumps. */
const noSamples: readonly null[] = Array.from({ length: stripLength }, () => null);

export type StripContext = {
  session(): EditorSession | null;
  /** Whether someone waits for the session. */
  busy(): boolean;
  changed(): void;
};

/** Small pictures of other seeds, made one after the other while nothing else is to be done. */
export function createStrip({ session, busy, changed }: StripContext) {
  let samples: readonly (Sample | null)[] = noSamples;
  let turn = 0;
  const fill = async (from: number, psi: number) => {
    const mine = ++turn;
    samples = noSamples;
    changed();
    for (let i = 0; i < stripLength; i++) {
      while (busy()) await new Promise((resolve) => setTimeout(resolve, 100));
      const seed = (from + i) % 2 ** 32;
      const one = await session()
        ?.sample({ seed, psi })
        .catch(() => null);
      if (mine !== turn || !one) return;
      samples = samples.map((old, at) => (at === i ? { seed, picture: one.picture } : old));
      changed();
    }
  };
  return {
    samples: () => samples,
    fill,
    more: (from: number, psi: number) => fill((samples[0]?.seed ?? from) + stripLength, psi),
    clear() {
      turn++;
      samples = noSamples;
    },
  };
}
