import { type Context, numberOption } from '../command.js';

/** Exit status of a training that `--minutes` ended: the same command goes on with it. */
const stoppedStatus = 3;

/** Ends a training by `--minutes`, by a signal of the system, or by whoever aborts it. */
export function trainingStop({ values, io }: Context): AbortController {
  const minutes = numberOption(values, 'minutes', undefined, { min: 0, max: 1e6 });
  const stop = new AbortController();
  const onSignal = () => stop.abort(io.signal.reason);
  if (io.signal.aborted) onSignal();
  else io.signal.addEventListener('abort', onSignal, { once: true });
  if (minutes !== undefined) setTimer(minutes * 60_000, () => stop.abort(new Error('--minutes are over')));
  return stop;
}

/** As setTimeout, which counts no further than 25 days and would keep the program running. */
function setTimer(milliseconds: number, run: () => void): void {
  const part = Math.min(milliseconds, 2 ** 31 - 1);
  const next = () => (milliseconds > part ? setTimer(milliseconds - part, run) : run());
  setTimeout(next, part).unref();
}

/**
 * The exit status of a training.
 *
 * @throws the signal's reason if that ended it
 */
export function trainingStatus({ io }: Context, finished: boolean): number {
  if (finished) return 0;
  if (io.signal.aborted) throw io.signal.reason;
  return stoppedStatus;
}
