import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { saveSafetensors } from '@autodrag/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../test/run-cli.js';
import { safeIo } from './safe-io.js';

/** What a terminal obeys or hides; line feeds are ours. */
const obeyed = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u;
const hostile = '\u001b[2J\u001b[31mPWNED\u001b]0;title\u0007\u202e\u009b\u2028\ufeff';
const escapes = fileURLToPath(new URL('../test/escapes/', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodrag-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('names in a hostile file reach no terminal', () => {
  it.each(['esc-root-class.pkl', 'esc-ros-keys.pt', 'esc-st-config.safetensors'])('import %s', async (name) => {
    for (const more of [[], ['--json'], ['--verbose']]) {
      const { status, out, err } = await run('import', escapes + name, '-o', join(folder, 'model'), ...more);
      expect(status).toBe(1);
      expect(out + err).not.toMatch(obeyed);
      expect(err).toContain('\\x1b');
      expect(err.split('\n')[0]!.length).toBeLessThan(2100);
    }
  });

  it('info: kind, configuration and metadata', async () => {
    const path = join(folder, `a\u001b[31m\u202e.safetensors`);
    const metadata = { kind: hostile.repeat(100), config: JSON.stringify({ [hostile]: hostile }), [hostile]: hostile };
    const tensor = { dtype: 'float32', shape: [1], data: new Float32Array(1) };
    await writeFile(path, await saveSafetensors({ [hostile]: tensor }, { metadata }));
    const { status, out, err } = await run('info', path);
    expect(status).toBe(0);
    expect(out + err).not.toMatch(obeyed);
    expect(out).toContain('\\x1b[2J');
    expect(out.length).toBeLessThan(5000);
    const json = await run('info', path, '--json');
    expect(json.out).not.toMatch(obeyed);
    expect(JSON.parse(json.out).weights[0].config).toEqual({ [hostile]: hostile });
  });

  it('file names, options and commands', async () => {
    for (const args of [
      [hostile],
      ['info', hostile],
      ['import', hostile, '-o', join(folder, 'x')],
      ['edit', `--${hostile}`],
      ['edit', '--backend', hostile],
      ['edit', '--points', hostile],
      ['match', hostile, hostile, '-o', join(folder, 'x.png')],
      ['sample', '--model', hostile, '-o', join(folder, 'y.png')],
    ]) {
      const { status, out, err } = await run(...args, '--verbose');
      expect(status, args.join(' ')).toBeGreaterThan(0);
      expect(out + err, args.join(' ')).not.toMatch(obeyed);
    }
  });

  it('a damaged file of text', async () => {
    const path = join(folder, 'text.safetensors');
    await writeFile(path, hostile);
    for (const command of [
      ['info', path],
      ['import', path, '-o', join(folder, 'z')],
    ]) {
      const { out, err } = await run(...command, '--verbose');
      expect(out + err).not.toMatch(obeyed);
    }
    expect(await readFile(path, 'utf8')).toBe(hostile);
  });
});

it('redraws and breaks lines where we say so, and nowhere else', () => {
  let shown = '';
  const io = safeIo({
    out: (text) => {
      shown += text;
    },
    err: (text) => {
      shown += text;
    },
    isTerminal: true,
    columns: 80,
    signal: new AbortController().signal,
  });
  io.err('\r 50 %  a\rb ');
  io.out('one\ntwo\t\u001b\n');
  expect(shown).toBe('\r 50 %  a\\u000db one\ntwo\\u0009\\u001b\n');
});
