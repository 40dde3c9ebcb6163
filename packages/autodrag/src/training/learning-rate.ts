import { constantSchedule, cosineSchedule, type Schedule, warmup } from '@autodrag/nn';

/** How a learning rate moves, as settings have it. */
export type RateSettings = {
  learningRate: number;
  /** Steps that it rises over, from nothing. */
  warmupSteps: number;
  /** Steps from its start to a hundredth of it, again and again; 0 is once over all steps, -1 is a constant rate. */
  ratePeriod: number;
};

/** The learning rate of a stage by step. */
export function stageRate({ learningRate, warmupSteps, ratePeriod }: RateSettings, steps: number): Schedule {
  if (ratePeriod < 0) return warmup(constantSchedule(learningRate), warmupSteps);
  const period = ratePeriod === 0 ? steps : ratePeriod;
  const cosine = cosineSchedule({ from: learningRate, to: learningRate / 100, period, restarts: ratePeriod > 0 });
  return warmup(cosine, warmupSteps);
}
