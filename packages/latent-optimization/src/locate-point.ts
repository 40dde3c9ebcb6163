import type { Place } from './sample-features.js';

/** What a point's place in the next sub-motion depends on. */
export type SubMotion = {
  readonly current: Place;
  readonly target: Place;
  /** Mean difference from the template at the beginning and at the end of the last sub-motion. */
  readonly lossBegin: number;
  readonly lossEnd: number;
};

/** Where a point is looked for next, and how different from its template it should be there. */
export type Search = { readonly candidates: readonly Place[]; readonly wanted: number };

const candidateCount = 10;

/**
 * Point localization of FreeDrag (Ling et al. 2024, section 3.3), on the line to the target: learned (`lossEnd` below
 * `l / 2`) goes on by up to `subMotionLength`, to where the template differs by `l`; getting better stays (null);
 * getting worse goes back by `subMotionLength` and looks for the least difference within twice as much.
 *
 * @param subMotionLength feature pixels, d
 * @param expected l
 */
export function searchLine(
  { current, target, lossBegin, lossEnd }: SubMotion,
  subMotionLength: number,
  expected: number,
): Search | null {
  if (lossEnd < 0.5 * expected) return { candidates: line(current, target, subMotionLength), wanted: expected };
  if (lossEnd < lossBegin) return null;
  const back = along(current, target, -subMotionLength);
  return { candidates: line(back, target, 2 * subMotionLength), wanted: 0 };
}

/**
 * Of equal ones the first, nearest to the current point. @param differences mean difference of each candidate from the
 * template
 */
export function chooseCandidate({ candidates, wanted }: Search, differences: readonly number[]): Place {
  let best = 0;
  differences.forEach((difference, i) => {
    if (Math.abs(difference - wanted) < Math.abs(differences[best]! - wanted)) best = i;
  });
  return candidates[best]!;
}

/** Ten places in equal steps, the last one `length` away or at the target if that is nearer. */
function line(from: Place, target: Place, length: number): Place[] {
  const end = along(from, target, length);
  return Array.from({ length: candidateCount }, (_, i): Place => {
    const share = (i + 1) / candidateCount;
    return [(1 - share) * from[0] + share * end[0], (1 - share) * from[1] + share * end[1]];
  });
}

/** The place `length` along the way to the target (backwards if negative), at most the whole way. */
function along(from: Place, target: Place, length: number): Place {
  const way = Math.hypot(target[0] - from[0], target[1] - from[1]);
  const share = Math.sign(length) * Math.min(Math.abs(length) / (way + 1e-8), 1);
  return [from[0] + share * (target[0] - from[0]), from[1] + share * (target[1] - from[1])];
}
