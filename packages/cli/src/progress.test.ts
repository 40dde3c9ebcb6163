import { expect, it } from 'vitest';
import { createProgress, formatDuration } from './progress.js';

const io = (isTerminal: boolean) => {
  const lines: string[] = [];
  const err = (text: string) => void lines.push(text);
  return { lines, out: () => {}, err, isTerminal, columns: 40, signal: new AbortController().signal };
};

it('estimates the time left from the pace', () => {
  let now = 0;
  const stand = io(true);
  const progress = createProgress(stand, { now: () => now });
  for (let done = 0; done <= 4; done++) {
    progress.update(done, 10, 'x');
    now += 1000;
  }
  expect(stand.lines.at(-1)).toBe('\r 40 %  4/10  x  6.0 s left');
  progress.end();
  expect(stand.lines.at(-1)).toBe('\n');
});

it('writes few lines into a log, but the last one always', () => {
  let now = 0;
  const stand = io(false);
  const progress = createProgress(stand, { now: () => now });
  for (let done = 1; done <= 20; done++) {
    progress.update(done, 20);
    now += 1000;
  }
  progress.end();
  expect(stand.lines).toEqual(['  5 %  1/20\n', ' 80 %  16/20  4.0 s left\n', '100 %  20/20\n']);
});

it('formats durations', () => {
  expect([12, 1500, 65_000, 7_380_000].map(formatDuration)).toEqual(['12 ms', '1.5 s', '1 min 05 s', '2 h 03 min']);
});
