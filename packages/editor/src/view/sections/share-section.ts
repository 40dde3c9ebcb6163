import type { ExportKind } from '../../actions/create-sharing.js';
import { button, enable, h } from '../dom.js';
import { fileInput } from '../file-input.js';
import { evenRow, folding, type Section } from './section.js';

export type ShareActions = {
  save(kind: ExportKind): void;
  copyLink(): void;
  copyPicture(): void;
  share(): void;
  openCode(file: File): void;
};

/** Ways of the picture out of the page, and of a code into it. */
export function createShareSection(actions: ShareActions): Section {
  const save = (label: string, kind: ExportKind) => button(label, () => actions.save(kind));
  const share = button('Share…', actions.share);
  share.hidden = typeof navigator.share !== 'function';
  const copyLink = button('Copy link', actions.copyLink);
  const still = [save('PNG', 'png'), button('Copy picture', actions.copyPicture), copyLink];
  const moving = [save('GIF', 'gif'), save('WebP', 'webp'), save('MP4', 'mp4')];
  const codes = [save('Code', 'safetensors'), save('Code (JSON)', 'json')];
  const codeFile = fileInput('Open code…', '.safetensors,.json', false, ([file]) => file && actions.openCode(file));
  const part = (name: string, ...children: Node[]) =>
    h('div', { class: 'stack' }, h('span', { class: 'hint' }, name), evenRow(...children));
  const hint = h('p', { class: 'hint' });
  return {
    element: folding(
      'Save and share',
      matchMedia('(min-height: 58rem)').matches, // where there is room for it
      part('The picture', ...still, share),
      part('The motion', ...moving),
      part('The code', ...codes, codeFile),
      hint,
    ),
    draw({ document }, { links }) {
      copyLink.hidden = !links;
      const [what, them] = links ? ['The link and the code hold', 'them'] : ['The code holds', 'it'];
      hint.textContent = `${what} this very picture; whoever opens ${them} can go on from there.`;
      for (const one of [...still, share, ...codes]) enable(one, document !== null);
      for (const one of moving) enable(one, document !== null);
    },
  };
}
