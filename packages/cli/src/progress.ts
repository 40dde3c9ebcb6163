import type { Io } from './command.js';

export type Progress = {
  /**
   * @param done of `total`, in any unit
   * @param left what to say of the time that is left, where the caller knows better
   */
  update(done: number, total: number, text?: string, left?: string): void;
  /** Ends the line. */
  end(): void;
};

export type ProgressOptions = {
  quiet?: boolean;
  /** Milliseconds between two lines where stderr is no terminal. @default 15000 */
  interval?: number;
  now?: () => number;
};

/**
 * A line of progress on stderr with the time that is left, estimated from the pace of the last minute: redrawn in a
 * terminal, and a new line every now and then in a log.
 */
export function createProgress(
  io: Io,
  { quiet = false, interval = 15_000, now = Date.now }: ProgressOptions = {},
): Progress {
  const minute: { at: number; done: number }[] = [];
  let last = Number.NEGATIVE_INFINITY;
  let drawn = 0;
  return {
    update(done, total, text = '', known) {
      const at = now();
      minute.push({ at, done });
      while (minute.length > 2 && at - (minute[0] as { at: number }).at > 60_000) minute.shift();
      const finished = done >= total;
      if (quiet || (!finished && at - last < (io.isTerminal ? 100 : interval))) return;
      last = at;
      const first = minute[0] as { at: number; done: number };
      const pace = at > first.at && done > first.done ? (done - first.done) / (at - first.at) : 0;
      const left = known ?? (finished ? '' : pace ? `${formatDuration((total - done) / pace)} left` : '');
      const share = `${String(Math.floor((100 * done) / Math.max(total, 1))).padStart(3)} %`;
      const line = [share, `${done}/${total}`, text, left].filter(Boolean).join('  ');
      if (!io.isTerminal) return io.err(`${line}\n`);
      const fitted = line.slice(0, io.columns - 1);
      io.err(`\r${fitted.padEnd(drawn)}`);
      drawn = fitted.length;
    },
    end() {
      if (drawn) io.err('\n');
      drawn = 0;
    },
  };
}

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
