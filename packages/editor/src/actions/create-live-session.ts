import type { EditorSession, SessionEvent } from '../session/editor-session.js';

export type LiveSessionContext = {
  make(): Promise<EditorSession>;
  /** Loads what a new session needs before it can be asked for anything. */
  begin(session: EditorSession): Promise<void>;
  hear(event: SessionEvent): void;
  /** It could not be made, or could not begin. */
  failed(error: unknown): void;
  /** Why there is none, in plain words. */
  problem(): string | null;
};

/** What computes for an editor. It starts when it is needed, and again where it has died. */
export type LiveSession = {
  /** Null until it is there, and after its end. */
  now(): EditorSession | null;
  /** Whether one is there or on its way. */
  begun(): boolean;
  start(): Promise<void>;
  /** @throws Error in plain words where it cannot be had */
  get(): Promise<EditorSession>;
  end(): void;
};

export function createLiveSession({ make, begin, hear, failed, problem }: LiveSessionContext): LiveSession {
  let made: Promise<EditorSession> | null = null;
  let live: EditorSession | null = null;
  let starting: Promise<void> | null = null;

  const listen = (session: EditorSession) =>
    session.subscribe((event) => {
      if (event.type === 'ended' && live === session) live = made = starting = null;
      hear(event);
    });
  const startNow = async () => {
    made ??= make();
    const mine = made;
    const left = () => made !== mine; // it was ended meanwhile, or has died
    try {
      const session = await mine;
      if (left()) return session.dispose();
      if (live !== session) listen(session);
      live = session;
      await begin(session);
    } catch (error) {
      if (left() && (error as Error).name === 'AbortError') return;
      if (!live) made = null;
      failed(error);
    }
  };
  /** Who asks while it starts waits for that: what is begun twice would be shown twice. */
  const start = (): Promise<void> => {
    if (starting) return starting;
    const mine = startNow().finally(() => {
      if (starting === mine) starting = null;
    });
    starting = mine;
    return mine;
  };
  return {
    now: () => live,
    begun: () => made !== null,
    start,
    async get() {
      if (starting || !live) await start();
      if (!live) throw new Error(problem() ?? 'Nothing computes here. Reload the page.');
      return live;
    },
    end() {
      live?.dispose();
      live = made = starting = null;
    },
  };
}
