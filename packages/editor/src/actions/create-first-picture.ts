import type { HistoryStore } from '../io/history-store.js';
import { plainWords } from '../plain-words.js';
import type { EditorSession } from '../session/editor-session.js';
import type { Origin } from '../state/document.js';
import type { EditorEvent, EditorState } from '../state/state.js';
import { readSeed, seedRule } from '../view/seed-input.js';
import type { createLink } from './create-link.js';

const defaultSeed = 7;
const originOf = (seed: number): Origin => ({ seed, psi: 0.7, mix: null });

export type FirstPictureContext = {
  state(): EditorState;
  send(event: EditorEvent): void;
  say(status: string): void;
  /** As it is written in the page. */
  seed(): string | null;
  history(): HistoryStore | null;
  /** The page's address, where it is a place for pictures. */
  link(): ReturnType<typeof createLink> | null;
  modelId(): string;
};

/** What a model shows first: what was kept, unless the address leads elsewhere; what the address holds; the seed's. */
export function createFirstPicture({ state, send, say, seed, history, link, modelId }: FirstPictureContext) {
  /** What is to be said once there is a picture. */
  let later: string[] = [];

  const followLink = async (session: EditorSession): Promise<boolean> => {
    const { info } = state();
    const linked = info && (await link()?.follow(session, info));
    if (linked) send({ type: 'shown', ...linked });
    return Boolean(linked);
  };
  const showSeed = async (session: EditorSession, number: number) => {
    const { w, picture } = await session.sample({ seed: number });
    const frame = { w, picture, layers: [{ w, mask: [] }], codes: [] };
    send({ type: 'shown', origin: originOf(number), frame });
  };
  const restore = async (): Promise<boolean> => {
    const kept = await history()?.read();
    if (!kept || kept.model !== modelId() || (await link()?.leadsElsewhere(kept))) return false;
    const { document, past, future } = kept;
    send({ type: 'restored', document, past, future });
    void link()?.write(state());
    return true;
  };

  return {
    async show(session: EditorSession): Promise<void> {
      const asked = seed();
      if (asked !== null && readSeed(asked) === null) later.push(seedRule);
      if (!(await restore())) {
        const linked = await followLink(session).catch((error: unknown) => void later.push(plainWords(error)));
        if (!linked) await showSeed(session, readSeed(asked) ?? defaultSeed);
      }
      const words = later;
      later = [];
      if (words.length) say(words.join(' '));
    },
    followLink,
    /** Says something that would be overwritten by the first picture. */
    sayLater(status: string): void {
      if (state().document) say(status);
      else later.push(status);
    },
    /** Where the current picture comes from, or the first one will. */
    origin: (): Origin => state().document?.origin ?? originOf(readSeed(seed()) ?? defaultSeed),
  };
}
