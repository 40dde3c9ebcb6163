import { beforeEach, expect, it, vi } from 'vitest';
import type { KeptHistory } from '../io/history-store.js';
import type { EditorSession, SessionInfo } from '../session/editor-session.js';
import type { EditorDocument, Frame } from '../state/document.js';
import { type EditorEvent, type EditorState, initialState } from '../state/state.js';
import { transition } from '../state/transition.js';
import { createFirstPicture, type FirstPictureContext } from './create-first-picture.js';

const info: SessionInfo = {
  ...{ name: 'Avatars', width: 8, height: 8, numWs: 1, wDim: 1, maxPoints: 4, predictorPending: false },
  ...{ parameters: 1, memoryBytes: 4, backend: 'wasm', device: '', threads: 1, warnings: [] },
};
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

const picture = { width: 8, height: 8, data: new Uint8ClampedArray(256) };
const frame = (value: number): Frame => {
  const w = Float32Array.of(value);
  return { w, picture, layers: [{ w, mask: [] }], codes: [] };
};
const originOf = (seed: number) => ({ seed, psi: 0.7, mix: null });
const documentOf = (seed: number): EditorDocument => ({
  ...{ origin: originOf(seed), frame: frame(seed), points: [], anchors: [], mask: [], trace: [] },
});
const kept: KeptHistory = { model: 'Avatars', document: documentOf(3), past: [documentOf(2)], future: [] };
const session = {
  sample: async ({ seed }: { seed: number }) => ({ w: Float32Array.of(seed), picture }),
} as never as EditorSession;

type Link = ReturnType<FirstPictureContext['link']>;
const linkTo = (seed: number): Link => ({
  address: async () => '',
  leadsElsewhere: async () => true,
  write: async () => {},
  follow: async () => ({ origin: originOf(seed), frame: frame(seed) }),
});
const damaged: Link = {
  ...(linkTo(0) as NonNullable<Link>),
  follow: async () => {
    throw new Error('The link is damaged, or not one of ours.');
  },
};

/** Shows a first picture; gives the state after it. */
async function shown(around: { history?: KeptHistory; link?: Link; seed?: string }): Promise<EditorState> {
  let state = transition(initialState, { type: 'info', info })[0];
  const send = (event: EditorEvent) => {
    state = transition(state, event)[0];
  };
  const { history, link = null, seed = null } = around;
  const first = createFirstPicture({
    ...{ state: () => state, send, say: (status) => send({ type: 'say', status }) },
    ...{ seed: () => seed, link: () => link, modelId: () => 'Avatars' },
    history: () => history && { read: async () => history, write: async () => true, clear: async () => {} },
  } as FirstPictureContext);
  await first.show(session);
  return state;
}
const seeds = ({ past, document }: EditorState) => [...past, document].map((one) => one?.origin.seed);

it('is the seed’s, where nothing else is there', async () => {
  expect(seeds(await shown({}))).toEqual([7]);
  expect(seeds(await shown({ seed: '12' }))).toEqual([12]);
  const bad = await shown({ seed: '-1' });
  expect(seeds(bad)).toEqual([7]);
  expect(bad.status).toContain('A seed is a whole number');
});

it('is where one left off; what was kept of another model is not shown', async () => {
  expect(seeds(await shown({ history: kept, seed: '12' }))).toEqual([2, 3]);
  expect(seeds(await shown({ history: { ...kept, model: 'another' }, seed: '12' }))).toEqual([12]);
});

it('is what a link leads to, as one step more of what was kept: undo goes back there', async () => {
  expect(seeds(await shown({ link: linkTo(9) }))).toEqual([9]);
  const state = await shown({ history: kept, link: linkTo(9) });
  expect(seeds(state)).toEqual([2, 3, 9]);
  expect(transition(state, { type: 'undo' })[0].document).toEqual(kept.document);
});

it('a damaged link is said, and takes nothing away', async () => {
  const state = await shown({ history: kept, link: damaged });
  expect(seeds(state)).toEqual([2, 3]);
  expect(state.status).toBe('The link is damaged, or not one of ours.');
  expect(seeds(await shown({ link: damaged }))).toEqual([7]);
});
