import { expect } from 'vitest';
import { main } from '../src/main.js';

/** Runs the command line and gives what it printed. */
export async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const status = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
  });
  return { status, out, err };
}

/** Runs it, and expects one line of error that holds all the texts. */
export async function fails(args: string[], ...texts: string[]): Promise<number> {
  const { status, out, err } = await run(...args);
  expect(status).toBeGreaterThan(0);
  expect(out).toBe('');
  expect(err).toMatch(/^autodrag: [^\n]+\n$/);
  for (const text of texts) expect(err).toContain(text);
  return status;
}
