import type { TrainingProgress } from '@autodrag/nn/training';
import { formatDuration } from '../progress.js';

/**
 * What a training, and what comes after it, will still take; empty while it is not known.
 *
 * @param later seconds of the trainings after this one, as far as its pace tells
 */
export function timeLeft(
  { step, steps, etaSeconds, secondsPerStep }: TrainingProgress,
  later?: (secondsPerStep: number) => number,
): string {
  if (step >= steps || !(etaSeconds > 0)) return '';
  const own = `${formatDuration(etaSeconds * 1000)} left`;
  return later ? `${own}, about ${formatDuration((etaSeconds + later(secondsPerStep)) * 1000)} in all` : own;
}
