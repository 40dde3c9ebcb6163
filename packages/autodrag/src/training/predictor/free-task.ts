import { longerSide, type Point, type PointPair, type Resolution } from '@autodrag/latent-predictor';
import type { Matches } from '@autodrag/matching';
import type { Random } from '@autodrag/nn';

/** A drag that no motion made: its handles may be asked to go anywhere, and its anchors to stay. */
export type FreeTask = {
  readonly pairs: PointPair[];
  /** What each pair counts in the loss: handles 1, all anchors together as much as all handles. */
  readonly weights: number[];
};

/** How far a handle is asked to go, in longer sides of the picture. */
const shortest = 0.02;
const longest = 0.16;
/** Anchors are at least so far from every handle: nearer ones ask for what no picture can give. */
const anchorDistance = 0.12;

/**
 * A pull in any direction.
 *
 * @param random advanced by the call
 * @param most its length at most, in longer sides of the picture
 * @param side that side, in pixels
 */
export function pullAnywhere(random: Random, handle: Point, most: number, side: number): PointPair {
  const angle = 2 * Math.PI * random.uniform();
  const length = side * (shortest + (most - shortest) * random.uniform());
  return { handle, target: { x: handle.x + length * Math.cos(angle), y: handle.y + length * Math.sin(angle) } };
}

/** Whether an anchor is far enough from all handles. @param side longer side of the picture */
export function mayHold(anchor: Point, handles: readonly Point[], side: number): boolean {
  return handles.every(({ x, y }) => Math.hypot(x - anchor.x, y - anchor.y) > anchorDistance * side);
}

/**
 * Draws what a user may set: one to three handles at places that can be found again, targets in any direction, and
 * anchors, in a quarter of the tasks as many as a mask gives.
 *
 * @param random advanced by the call
 * @param matches places of the picture, `pointsA`
 * @param most pairs of a task
 * @returns null where nothing matches
 */
export function freeTask(
  random: Random,
  { pointsA, count }: Matches,
  { imageResolution, most }: { imageResolution: Resolution; most: number },
): FreeTask | null {
  if (count === 0) return null;
  const side = longerSide(imageResolution);
  const place = () => {
    const i = random.integer(count);
    return { x: pointsA[2 * i]!, y: pointsA[2 * i + 1]! };
  };
  const handles = Array.from({ length: 1 + random.integer(Math.min(3, most)) }, place);
  const pairs = handles.map((handle) => pullAnywhere(random, handle, longest, side));
  const wanted = random.uniform() < 0.25 ? 16 : random.integer(5);
  for (let tried = 0; pairs.length < Math.min(most, handles.length + wanted) && tried < 3 * wanted; tried++) {
    const anchor = place();
    if (mayHold(anchor, handles, side)) pairs.push({ handle: anchor, target: anchor });
  }
  const anchors = pairs.length - handles.length;
  return { pairs, weights: pairs.map((_, i) => (i < handles.length ? 1 : handles.length / anchors)) };
}
