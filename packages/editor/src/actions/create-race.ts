import type { EditorSession } from '../session/editor-session.js';
import type { EditorState } from '../state/state.js';
import type { Runner } from '../view/race-view.js';
import { runRace } from './run-race.js';

export type RaceContext = {
  state(): EditorState;
  session(): Promise<EditorSession>;
  changed(): void;
};

/** The race that runs, or the last one: one at a time. */
export function createRace({ state, session, changed }: RaceContext) {
  let runners: readonly Runner[] = [];
  let running: AbortController | null = null;
  return {
    runners: () => runners,
    running: () => running !== null,
    async start(): Promise<void> {
      running?.abort();
      const mine = new AbortController();
      running = mine;
      const onChange = (now: readonly Runner[]) => {
        if (running !== mine) return; // it is another one's turn, or another model's
        runners = now;
        changed();
      };
      try {
        await runRace(await session(), state(), { signal: mine.signal, onChange });
      } finally {
        if (running === mine) running = null;
        changed();
      }
    },
    stop: () => running?.abort(),
    /** Before another model: codes of this one are nothing to that. */
    clear(): void {
      running?.abort();
      running = null;
      runners = [];
    },
  };
}
