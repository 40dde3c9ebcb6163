import { expect, it } from 'vitest';
import { canRedo, canUndo, createHistory, currentEntry, moveInHistory, pushEntry, replaceEntry } from './history.js';

it('walks back and forth, and forgets the way forth when something new is done', () => {
  let history = createHistory('a');
  expect(canUndo(history) || canRedo(history)).toBe(false);
  history = pushEntry(pushEntry(history, 'b'), 'c');
  history = moveInHistory(history, -1);
  expect([currentEntry(history), canUndo(history), canRedo(history)]).toEqual(['b', true, true]);
  expect(moveInHistory(moveInHistory(history, -5), 1)).toEqual(history);
  history = pushEntry(history, 'd');
  expect([history.entries, canRedo(history)]).toEqual([['a', 'b', 'd'], false]);
  expect(replaceEntry(history, 'D').entries).toEqual(['a', 'b', 'D']);
  expect(moveInHistory(history, 3)).toBe(history);
});

it('drops the oldest entries beyond the limit', () => {
  let history = createHistory(0);
  for (let i = 1; i <= 9; i++) history = pushEntry(history, i, 4);
  expect(history).toEqual({ entries: [6, 7, 8, 9], index: 3 });
});
