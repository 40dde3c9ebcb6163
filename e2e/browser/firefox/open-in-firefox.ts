import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BidiConnection, connectBidi } from './connect-bidi.js';

/** Why tests in Firefox cannot run here; undefined if they can. */
export function whyNoFirefox(): string | undefined {
  if (typeof WebSocket === 'undefined') return 'this Node has no WebSocket: Node 22, or --experimental-websocket';
  if (findFirefox()) return undefined;
  return 'no Firefox found. Install one (apt-get install firefox-esr) or set FIREFOX_PATH.';
}

/** By `FIREFOX_PATH`, or under its usual names. */
function findFirefox(): string | undefined {
  const candidates = process.env.FIREFOX_PATH ? [process.env.FIREFOX_PATH] : ['firefox', 'firefox-esr'];
  return candidates.find((command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0);
}

export type FirefoxPage = ReturnType<typeof createPage>;

/**
 * Opens a page in a headless Firefox with a new, empty profile. Playwright drives a Firefox of its own making only:
 * this one is driven by WebDriver BiDi, which every Firefox has.
 *
 * @param options.patience how long an answer may take, in milliseconds
 */
export async function openInFirefox({
  url,
  width = 1280,
  height = 800,
  patience = 180_000,
}: {
  url: string;
  width?: number;
  height?: number;
  patience?: number;
}): Promise<FirefoxPage> {
  const command = findFirefox();
  if (!command) throw new Error(`openInFirefox: ${whyNoFirefox()}`);
  const profile = mkdtempSync(join(tmpdir(), 'autodrag-firefox-'));
  const options = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'];
  const program = spawn(command, options, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => program.once('exit', resolve));
  const end = async () => {
    program.kill('SIGKILL');
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    const connection = await connectBidi(`${await addressOf(program, patience)}/session`, patience);
    await connection.ask('session.new', { capabilities: {} });
    const { context } = await connection.ask<{ context: string }>('browsingContext.create', { type: 'tab' });
    await connection.ask('browsingContext.setViewport', { context, viewport: { width, height } });
    await connection.ask('browsingContext.navigate', { context, url, wait: 'complete' });
    return createPage(connection, { context, patience, end });
  } catch (error) {
    await end();
    throw error;
  }
}

/** It says on which port it listens. */
function addressOf(program: ChildProcess, patience: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`Firefox does not answer. ${said.slice(-400)}`)), patience);
    program.once('error', reject);
    program.once('exit', () => reject(new Error(`Firefox ended at once. ${said.slice(-400)}`)));
    program.stderr?.on('data', (data) => {
      said += data;
      const address = /listening on (ws:\S+)/.exec(said)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}

type Evaluated = { type: string; result: { value: string }; exceptionDetails: { text: string } };

function createPage(
  { ask, close }: BidiConnection,
  { context, patience, end }: { context: string; patience: number; end(): Promise<void> },
) {
  /** In the page; what goes in and what comes out is JSON. */
  const evaluate = async <T, A = undefined>(work: (argument: A) => T, argument?: A): Promise<Awaited<T>> => {
    const { type, result, exceptionDetails } = await ask<Evaluated>('script.evaluate', {
      ...{ target: { context }, awaitPromise: true },
      expression: `(async () => JSON.stringify((await (${work})(${JSON.stringify(argument)})) ?? null))()`,
    });
    if (type === 'exception') throw new Error(`in the page: ${exceptionDetails.text}`);
    return JSON.parse(result.value);
  };
  const perform = (action: object) => ask('input.performActions', { context, actions: [action] });
  const pointer = (action: object) =>
    perform({ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions: [action] });
  return {
    evaluate,
    /** Waits until the page answers the question with yes. */
    async until(question: () => unknown): Promise<void> {
      const late = Date.now() + patience;
      while (!(await evaluate(question))) {
        if (Date.now() > late) throw new Error(`not within ${patience} ms: ${question}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    /** A real pointer, in pixels of the viewport. */
    move: ([x, y]: readonly [number, number]) =>
      pointer({ type: 'pointerMove', x: Math.round(x), y: Math.round(y), duration: 50 }),
    down: () => pointer({ type: 'pointerDown', button: 0 }),
    up: () => pointer({ type: 'pointerUp', button: 0 }),
    /** Keys held together, by WebDriver's names: '\uE009' is Ctrl, '\uE008' is Shift. */
    async press(...keys: string[]): Promise<void> {
      const down = keys.map((value) => ({ type: 'keyDown', value }));
      const up = [...keys].reverse().map((value) => ({ type: 'keyUp', value }));
      await perform({ type: 'key', id: 'keyboard', actions: [...down, ...up] });
    },
    async reload(): Promise<void> {
      await ask('browsingContext.reload', { context, wait: 'complete' });
    },
    async close(): Promise<void> {
      close();
      await end();
    },
  };
}
