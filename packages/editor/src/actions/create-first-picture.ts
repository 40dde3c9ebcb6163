import type { HistoryStore } from '../io/history-store.js';
import { plainWords } from '../plain-words.js';
import type { EditorSession } from '../session/editor-session.js';
import type { EditorDocument, Origin } from '../state/document.js';
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

type Picked = Pick<EditorDocument, 'origin' | 'frame'>;

/** What a model shows first: what the address holds, after the history that was kept; else that, or the seed's face. */
export function createFirstPicture({ state, send, say, seed, history, link, modelId }: FirstPictureContext) {
  /** What is to be said once there is a picture. */
  let later: string[] = [];

  const linked = async (session: EditorSession): Promise<Picked | null> => {
    const { info } = state();
    return (info && (await link()?.follow(session, info))) ?? null;
  };
  const ofSeed = async (session: EditorSession, number: number): Promise<Picked> => {
    const { w, picture } = await session.sample({ seed: number });
    return { origin: originOf(number), frame: { w, picture, layers: [{ w, mask: [] }], codes: [] } };
  };
  /** Of the seed that is written in the page, also where another one is written meanwhile. */
  const ofPage = async (session: EditorSession): Promise<Picked> => {
    const asked = seed();
    const picked = await ofSeed(session, readSeed(asked) ?? defaultSeed);
    return seed() === asked ? picked : ofPage(session);
  };
  const keptHistory = async () => {
    const kept = await history()?.read();
    return kept?.model === modelId() ? kept : null;
  };

  return {
    async show(session: EditorSession): Promise<void> {
      const kept = await keptHistory();
      const elsewhere = !kept || (await link()?.leadsElsewhere(kept));
      let picked = elsewhere
        ? await linked(session).catch((error: unknown) => void later.push(plainWords(error)))
        : null;
      if (!picked && !kept) picked = await ofPage(session);
      const asked = seed();
      if (asked !== null && readSeed(asked) === null) later.push(seedRule);
      if (kept) send({ type: 'restored', document: kept.document, past: kept.past, future: kept.future });
      // what a link leads to is one step more: it takes nothing away
      if (picked) send({ type: 'shown', ...picked });
      else void link()?.write(state());
      const words = later;
      later = [];
      if (words.length) say(words.join(' '));
    },
    /** The page's address has changed. */
    async followLink(session: EditorSession): Promise<void> {
      const picked = await linked(session);
      if (picked) send({ type: 'shown', ...picked });
    },
    /** Says something that would be overwritten by the first picture. */
    sayLater(status: string): void {
      if (state().document) say(status);
      else later.push(status);
    },
    /** Where the current picture comes from, or the first one will. */
    origin: (): Origin => state().document?.origin ?? originOf(readSeed(seed()) ?? defaultSeed),
  };
}
