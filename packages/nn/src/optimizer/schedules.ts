import { InvalidArgumentError } from '../errors/errors.js';

/** A learning rate by step; the first step is 0. */
export type Schedule = (step: number) => number;

/** The same rate for ever. */
export function constantSchedule(rate: number): Schedule {
  return () => rate;
}

export type CosineScheduleOptions = {
  /** Rate at the start of a period. */
  from: number;
  /** Rate at the end of a period. */
  to: number;
  /** Length of a period in steps. */
  period: number;
  /**
   * Start again after a period (warm restarts, Loshchilov and Hutter 2017); without, the rate stays at `to`. @default
   * true
   */
  restarts?: boolean;
  /** Every period is this much longer than the one before. @default 1 */
  growth?: number;
};

/** `to + (from − to) (1 + cos(π t / period)) / 2`, t counted from the last restart. */
export function cosineSchedule({ from, to, period, restarts = true, growth = 1 }: CosineScheduleOptions): Schedule {
  if (!(period > 0))
    throw new InvalidArgumentError(`cosineSchedule: period: expected a positive number, got ${period}`);
  if (!(growth >= 1)) throw new InvalidArgumentError(`cosineSchedule: growth: expected at least 1, got ${growth}`);
  return (step) => {
    let time = step;
    let length = period;
    if (!restarts) time = Math.min(step, period);
    else if (growth === 1) time = step % period;
    else {
      while (time >= length) {
        time -= length;
        length *= growth;
      }
    }
    return to + ((from - to) * (1 + Math.cos((Math.PI * time) / length))) / 2;
  };
}

export type ExponentialScheduleOptions = {
  from: number;
  to: number;
  /** The rate reaches `to` after this many steps and stays there. */
  period: number;
};

/** `from (to / from)^(t / period)`. */
export function exponentialSchedule({ from, to, period }: ExponentialScheduleOptions): Schedule {
  if (!(from > 0 && to > 0 && period > 0)) {
    throw new InvalidArgumentError(
      `exponentialSchedule: from, to and period must be positive, got ${from}, ${to}, ${period}`,
    );
  }
  return (step) => from * (to / from) ** Math.min(1, step / period);
}

/**
 * A schedule whose first `steps` steps rise linearly to it: step 0 has `1 / steps` of the rate. Its own steps count
 * from 0 all the same.
 */
export function warmup(schedule: Schedule, steps: number): Schedule {
  return (step) => schedule(step) * Math.min(1, (step + 1) / Math.max(1, steps));
}
