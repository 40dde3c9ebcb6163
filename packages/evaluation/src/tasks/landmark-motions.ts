import type { Autodrag } from '@autodrag/autodrag';
import type { Judge } from '../judges/judge.js';
import { type MotionStatistics, motionStatistics } from '../metrics/collateral-motion.js';
import { landmarkTasks } from './landmark-tasks.js';

/**
 * How landmarks move between pictures that differ in the edited layers only, over many pairs. Not the pairs of any task
 * of a small seed.
 */
export async function landmarkMotions(
  autodrag: Pick<Autodrag, 'generator' | 'width' | 'height' | 'maxPoints'>,
  judge: Judge,
  { pairs = 200, signal }: { pairs?: number; signal?: AbortSignal } = {},
): Promise<MotionStatistics> {
  const displacements: Float32Array[] = [];
  const options = { drags: pairs, points: 'all', minimumDistance: 0, seed: 0x5eed, signal } as const;
  for await (const { from, to } of landmarkTasks(autodrag, judge, options)) {
    displacements.push(to.map((value, i) => value - from[i]!));
  }
  return motionStatistics(displacements);
}
