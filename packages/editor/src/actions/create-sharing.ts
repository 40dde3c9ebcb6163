import type { Picture } from '@autodrag/autodrag';
import { type AnimationKind, exportAnimation } from '../io/export-animation.js';
import { exportLatent, exportPicture } from '../io/export-picture.js';
import type { EditorState } from '../state/state.js';
import { h } from '../view/dom.js';

export type ExportKind = 'png' | AnimationKind | 'safetensors' | 'json';

export type SharingContext = {
  state(): EditorState;
  say(status: string): void;
  /** The pictures of the whole edit. */
  motion(): Promise<Picture[]>;
  /** The address that gives this very picture; null where pages of this kind have none. */
  address(): Promise<string | null>;
};

/** Ways of the picture out of the page. Each throws in plain words where it cannot be gone. */
export function createSharing({ state, say, motion, address }: SharingContext) {
  const current = () => {
    const { document, info } = state();
    if (!document || !info) throw new Error('There is no picture yet.');
    return { ...document, info, name: `face-${document.origin.seed}` };
  };
  return {
    async save(kind: ExportKind): Promise<void> {
      const { frame, info, name } = current();
      if (kind === 'png') return download(await exportPicture(frame.picture), `${name}.png`);
      if (kind === 'safetensors' || kind === 'json') {
        download(await exportLatent(frame.w, info, kind), `${name}.${kind}`);
        // a brushed picture lies over older ones: no code alone gives it
        if (frame.layers.length > 1) {
          say(
            'The code gives the whole face as the model draws it. What the brush kept is in the link, not in the code.',
          );
        }
        return;
      }
      say(`Writing the ${kind.toUpperCase()}…`);
      const { blob, fileName } = await exportAnimation(await motion(), kind, { name });
      download(blob, fileName);
      say(`${fileName}: ${Math.ceil(blob.size / 1024)} kB.`);
    },
    async copyLink(): Promise<void> {
      const url = await address();
      if (!url) throw new Error('This page has no links to pictures. Save the code instead.');
      await clipboard().writeText(url);
      say('The link is copied.');
    },
    async copyPicture(): Promise<void> {
      if (typeof ClipboardItem === 'undefined') throw new Error(noCopies);
      // the promise inside: Safari forgets that there was a click otherwise
      await clipboard().write([new ClipboardItem({ 'image/png': exportPicture(current().frame.picture) })]);
      say('The picture is copied.');
    },
    async share(): Promise<void> {
      const { frame, name } = current();
      const file = new File([await exportPicture(frame.picture)], `${name}.png`, { type: 'image/png' });
      const url = await address();
      const plain = { title: 'autodrag', ...(url ? { url } : {}) };
      const withFile = { ...plain, files: [file] };
      if (navigator.canShare?.(withFile)) return navigator.share(withFile);
      if (!url) throw new Error('This browser shares no pictures. Save it as a PNG instead.');
      await navigator.share(plain);
    },
  };
}

const noCopies = 'This browser lets this page copy nothing. Save the picture instead.';

/** @throws Error in plain words: pages without a safe connection have none */
function clipboard(): Clipboard {
  const { clipboard } = navigator as Partial<Navigator>;
  if (!clipboard) throw new Error(noCopies);
  return clipboard;
}

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
