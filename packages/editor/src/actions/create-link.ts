import { frameOfLayers } from '../io/frame-of-layers.js';
import { framesOf } from '../io/motion.js';
import { readShareLink, writeShareLink } from '../io/share-link.js';
import type { EditorSession } from '../session/editor-session.js';
import type { EditorDocument, Frame, Origin } from '../state/document.js';

type Shown = { readonly document: EditorDocument | null; readonly past: readonly EditorDocument[] };

/** The page's address as a place for the picture. */
export function createLink() {
  let own = '';
  let turn = 0;

  const hashOf = async ({ document, past }: Shown): Promise<string> => {
    if (!document) throw new Error('There is no picture yet.');
    const { frame, origin } = document;
    const edited = frame !== framesOf(document, past)[0] || frame.codes.length > 0 || frame.opened;
    return `#${await writeShareLink({ origin, layers: edited ? frame.layers : null })}`;
  };

  return {
    /** The whole address, for others. */
    address: async (shown: Shown) => new URL(await hashOf(shown), location.href).href,
    /** Whether the address leads elsewhere than to this picture. */
    leadsElsewhere: async (shown: Shown) =>
      location.hash.length > 1 && location.hash !== own && location.hash !== (await hashOf(shown).catch(() => '')),
    /**
     * Puts the picture into the page's address, without a step in the browser's history; or, where it is too much for
     * an address, none: an older one would be wrong.
     */
    async write(shown: Shown) {
      const mine = ++turn;
      const hash = await hashOf(shown).catch(() => '');
      if (mine !== turn) return; // a later picture is on its way
      try {
        history.replaceState(history.state, '', hash || `${location.pathname}${location.search}`);
        own = hash;
      } catch (error) {
        console.warn(`autodrag: the address stays as it is: ${(error as Error).message}`); // too often, for some browsers
      }
    },
    /**
     * What the address shows, where it is not what was written there.
     *
     * @returns null where there is nothing to follow
     * @throws Error in plain words for a link that is damaged, or of another model
     */
    async follow(
      session: EditorSession,
      { numWs, wDim }: { numWs: number; wDim: number },
    ): Promise<{ origin: Origin; frame: Frame } | null> {
      if (location.hash === own || location.hash.length < 2) return null;
      const shared = await readShareLink(location.hash);
      if (!shared) throw new Error('The link is damaged, or not one of ours.');
      const { origin, layers } = shared;
      if (origin.mix && origin.mix.from > numWs) throw new Error('The link is of another model.');
      if (!layers) {
        const { w, picture } = await session.sample({ ...origin, mix: origin.mix ?? undefined });
        return { origin, frame: { w, picture, layers: [{ w, mask: [] }], codes: [] } };
      }
      if (layers.some(({ w }) => w.length !== numWs * wDim)) throw new Error('The link is of another model.');
      return { origin, frame: await frameOfLayers(session, layers) };
    },
  };
}
