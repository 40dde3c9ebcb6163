import type { Sample } from '../../actions/create-strip.js';
import type { Origin } from '../../state/document.js';
import { button, enable, h, isFocused, pixelCanvas, setAttributes } from '../dom.js';
import { createSeedInput, readSeed, seedRule, showSeed } from '../seed-input.js';
import { folding, row, type Section } from './section.js';

export type FacesActions = {
  /** Another face: what is not said stays as it is. */
  origin(change: Partial<Origin>): void;
  moreSamples(): void;
  say(status: string): void;
};

/** Where faces come from: seeds, a strip of others, truncation, and the colours of a second seed. */
export function createFacesSection({ origin, moreSamples, say }: FacesActions): { top: Section; more: Section } {
  let now = 0;
  const newFace = button('New face', () => origin({ seed: (now + 1) % 2 ** 32 }), { primary: true, icon: 'dice' });
  newFace.classList.add('grow');
  const seed = createSeedInput('Seed', { seed: (value) => origin({ seed: value }), say });
  const strip = h('div', { class: 'strip', role: 'group', 'aria-label': 'Other faces' });
  const psi = h('input', { type: 'range', min: 0, max: 1.2, step: 0.05, 'aria-label': 'Variety (truncation)' });
  psi.addEventListener('change', () => origin({ psi: psi.valueAsNumber }));
  const mix = createMix({ origin, say });
  const top = row(newFace, h('label', { class: 'seed' }, 'Seed', seed));
  top.classList.add('one'); // a wider font must not break it
  const thumbnails: Thumbnail[] = [];
  return {
    top: {
      element: top,
      draw({ document, info }) {
        now = document?.origin.seed ?? 0;
        enable(newFace, Boolean(info));
        if (document) showSeed(seed, document.origin.seed);
      },
    },
    more: {
      element: folding(
        'Other faces',
        true,
        strip,
        row(button('More', moreSamples), h('label', { class: 'line grow' }, 'Variety', psi)),
        mix.element,
      ),
      draw(state, more) {
        const { document } = state;
        if (document && !isFocused(psi)) psi.value = String(document.origin.psi);
        mix.draw(state, more);
        while (thumbnails.length < more.samples.length) {
          const one = createThumbnail((value) => origin({ seed: value }));
          thumbnails.push(one);
          strip.append(one.element);
        }
        for (const [i, sample] of more.samples.entries()) thumbnails[i]?.draw(sample);
      },
    },
  };
}

/** Style mixing: the upper layers, which hold colours and light, from a second seed. */
function createMix({ origin, say }: Pick<FacesActions, 'origin' | 'say'>): Section {
  const on = h('input', { type: 'checkbox', role: 'switch' });
  const seed = createSeedInput('Seed of the colours', { seed: () => change(), say });
  seed.value = '3';
  const from = h('input', { type: 'range', min: 1, max: 11, step: 1, 'aria-label': 'First layer of the second seed' });
  const change = () => {
    const value = readSeed(seed.value);
    if (!on.checked) origin({ mix: null });
    else if (value !== null) origin({ mix: { seed: value, from: from.valueAsNumber } });
    else say(seedRule);
  };
  for (const input of [on, from]) input.addEventListener('change', change);
  const settings = row(seed, h('label', { class: 'line grow' }, 'from layer', from));
  return {
    element: h('div', { class: 'stack' }, h('label', { class: 'check' }, on, 'Colours of another seed'), settings),
    draw({ document, info }) {
      const mix = document?.origin.mix ?? null;
      if (document && !isFocused(on)) on.checked = mix !== null;
      settings.hidden = !on.checked;
      if (info) from.max = String(info.numWs - 1);
      if (!isFocused(from)) from.value = String(mix?.from ?? Math.ceil((info?.numWs ?? 12) / 2));
      if (mix) showSeed(seed, mix.seed);
    },
  };
}

type Thumbnail = { readonly element: HTMLElement; draw(sample: Sample | null): void };

/** A place for a face. It stays when that comes, and so does the focus on it. */
function createThumbnail(open: (seed: number) => void): Thumbnail {
  let shown: Sample | null = null;
  const element = button('A face', () => shown && open(shown.seed), { iconOnly: true });
  element.classList.remove('icon-only');
  enable(element, false);
  return {
    element,
    draw(sample) {
      if (sample === shown) return;
      shown = sample;
      const label = sample ? `Face ${sample.seed}` : 'A face';
      setAttributes(element, { 'aria-label': label, title: label });
      enable(element, sample !== null);
      element.replaceChildren(...(sample ? [pixelCanvas(sample.picture)] : []));
    },
  };
}
