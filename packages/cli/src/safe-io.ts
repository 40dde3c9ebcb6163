import { printable } from '@autodrag/nn';
import type { Io } from './command.js';

/**
 * What the command line prints, with everything escaped that a terminal would obey or hide: names of files, and what
 * stands in them, come from strangers. Line feeds are ours, and so is a return at the beginning, with which progress is
 * redrawn.
 */
export function safeIo(io: Io): Io {
  const safe = (text: string): string => {
    const redraw = text.startsWith('\r') ? '\r' : '';
    const rest = text.slice(redraw.length);
    return redraw + printable(rest, { lines: true, json: true, longest: Number.POSITIVE_INFINITY });
  };
  return {
    out: (text) => io.out(safe(text)),
    err: (text) => io.err(safe(text)),
    isTerminal: io.isTerminal,
    columns: io.columns,
    signal: io.signal,
  };
}
