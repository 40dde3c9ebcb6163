/**
 * A line of entries with a place in it: what undo and redo walk along. Immutable: every function returns a new history.
 */
export type History<Entry> = { readonly entries: readonly Entry[]; readonly index: number };

/** A history of one entry. */
export function createHistory<Entry>(entry: Entry): History<Entry> {
  return { entries: [entry], index: 0 };
}

/** The entry that the history stands at. */
export function currentEntry<Entry>(history: History<Entry>): Entry {
  return history.entries[history.index] as Entry;
}

/**
 * Adds an entry behind the current one and moves to it; whatever could be redone is forgotten, and of the oldest
 * entries as many as are over the limit.
 */
export function pushEntry<Entry>(
  history: History<Entry>,
  entry: Entry,
  limit = Number.POSITIVE_INFINITY,
): History<Entry> {
  const entries = [...history.entries.slice(0, history.index + 1), entry];
  const kept = entries.slice(Math.max(0, entries.length - limit));
  return { entries: kept, index: kept.length - 1 };
}

/** Replaces the entry that the history stands at. */
export function replaceEntry<Entry>(history: History<Entry>, entry: Entry): History<Entry> {
  return { entries: history.entries.map((old, i) => (i === history.index ? entry : old)), index: history.index };
}

/** Moves by `steps` (negative: undo, positive: redo); the same history where there is nothing left. */
export function moveInHistory<Entry>(history: History<Entry>, steps: number): History<Entry> {
  const index = Math.min(Math.max(history.index + steps, 0), history.entries.length - 1);
  return index === history.index ? history : { entries: history.entries, index };
}

export function canUndo(history: History<unknown>): boolean {
  return history.index > 0;
}

export function canRedo(history: History<unknown>): boolean {
  return history.index < history.entries.length - 1;
}
