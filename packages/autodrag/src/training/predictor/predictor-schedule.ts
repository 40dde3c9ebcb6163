import { stageRate } from '../learning-rate.js';
import type { PredictorSettings } from './predictor-settings.js';

/** What counts in a step of stage 2. */
export type PredictorPhase = {
  /** Rollouts feed on their own predictions; before, they are one step long. */
  readonly freeRunning: boolean;
  /** Some drags are such that no motion made. */
  readonly freeTasks: boolean;
  readonly dragLoss: boolean;
  /** The motion field is shown what the predictor does now. */
  readonly looking: boolean;
  readonly name: string;
};

export type PredictorSchedule = {
  phaseAt(step: number): PredictorPhase;
  /** By step and name of a parameter. */
  learningRate(step: number): (name: string) => number;
};

/** How often the motion field is shown what the predictor does now: it costs as much as a step. */
const lookEvery = 8;

/** First single steps, then whole rollouts, last the drag loss; and how fast predictor and regularizer learn. */
export function predictorSchedule(settings: PredictorSettings): PredictorSchedule {
  const { steps, learningRate, regularizerLearningRate, regularizerRate, freeShare } = settings;
  const freeRunningFrom = Math.round(settings.freeRunningFrom * steps);
  const freeTasksFrom = Math.round(settings.freeFrom * steps);
  const dragLossFrom = Math.round(settings.dragLossFrom * steps);
  const schedule = stageRate({ ...settings, learningRate: 1 }, steps);
  return {
    phaseAt(step) {
      const freeRunning = step >= freeRunningFrom;
      const freeTasks = freeShare > 0 && step >= freeTasksFrom;
      const dragLoss = step >= dragLossFrom;
      const looking = freeTasks && step % lookEvery === 0;
      const name = `${freeRunning ? 'free running' : 'first steps'}${dragLoss ? ', drag loss' : ''}`;
      return { freeRunning, freeTasks, dragLoss, looking, name };
    },
    learningRate: (step) => (name) => {
      if (!name.startsWith('regularizer.')) return schedule(step) * learningRate;
      return (regularizerRate === 'constant' ? 1 : schedule(step)) * regularizerLearningRate;
    },
  };
}
