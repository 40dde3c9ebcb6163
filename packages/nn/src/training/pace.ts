/** How fast steps are made. */
export type Pace = {
  /** 0 until it is known. */
  readonly secondsPerStep: number;
  /** After every step. */
  step(): void;
  /** Where an estimate is made, from the steps since the one before. */
  measure(): void;
};

export function createPace(): Pace {
  let from: number | null = null;
  let steps = 0;
  let secondsPerStep = 0;
  return {
    get secondsPerStep() {
      return secondsPerStep;
    },
    step() {
      // The first step of a run also makes what the others find ready; its time says nothing about theirs.
      if (from === null) from = performance.now();
      else steps += 1;
    },
    measure() {
      const now = performance.now();
      if (from !== null && steps > 0) secondsPerStep = (now - from) / 1000 / steps;
      from = from === null ? null : now;
      steps = 0;
    },
  };
}
