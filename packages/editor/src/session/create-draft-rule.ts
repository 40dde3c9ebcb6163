import type { Autodrag } from '@autodrag/autodrag';

/** Milliseconds of a whole preview up to which a pull with whole ones is smooth. */
const smooth = 70;

/** Whether a model's previews are to be drafts while the pointer moves: by how long whole ones took. */
export type DraftRule = {
  took(model: Autodrag, milliseconds: number): void;
  slow(model: Autodrag): boolean;
};

export function createDraftRule(): DraftRule {
  const known = new WeakMap<Autodrag, { count: number; least: number }>();
  return {
    took(model, milliseconds) {
      const { count, least } = known.get(model) ?? { count: 0, least: Number.POSITIVE_INFINITY };
      known.set(model, { count: count + 1, least: Math.min(least, milliseconds) });
    },
    // the first one also compiles, and makes what later ones use again
    slow(model) {
      const times = known.get(model);
      return times !== undefined && times.count > 1 && times.least > smooth;
    },
  };
}
