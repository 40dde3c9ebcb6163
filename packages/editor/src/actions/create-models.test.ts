import { expect, it, vi } from 'vitest';
import type { EditorSession, ModelSource } from '../session/editor-session.js';
import { initialState } from '../state/state.js';
import { createModels, type ModelsContext } from './create-models.js';

const info = { name: 'x', numWs: 1, wDim: 1, parameters: 1 };
const file: ModelSource = { name: 'own.pkl', generator: new Uint8Array(1) };

/** Models of a session that starts all but those whose name is `bad`. */
function setUp(asked: Partial<ReturnType<ModelsContext['asked']>> = {}) {
  const session = {
    start: vi.fn(async ({ model }: { model?: ModelSource }) => {
      if (model?.name === 'bad') throw new Error('This file cannot be used as a model.');
      return info;
    }),
  };
  const stores = {
    models: { read: vi.fn(async () => null), write: vi.fn(async () => true), clear: vi.fn(async () => {}) },
    history: { read: vi.fn(async () => null), write: vi.fn(async () => {}), clear: vi.fn(async () => {}) },
  };
  const said = { say: vi.fn(), sayLater: vi.fn(), send: vi.fn(), opened: vi.fn(), show: vi.fn(async () => {}) };
  const models = createModels({
    ...{ ...said, state: () => initialState, loading: () => {}, stores: () => stores },
    ...{ session: async () => session, asked: () => ({ model: {}, baseUrl: null, backend: null, ...asked }) },
  } as never as ModelsContext);
  return { models, session, stores, said, on: session as never as EditorSession };
}

it('a backend that there is none of is said, and the fastest one is taken', async () => {
  const { models, session, said, on } = setUp({ backend: '__proto__' });
  await models.begin(on);
  expect(session.start).toHaveBeenCalledWith({ model: {}, backend: undefined });
  expect(said.sayLater).toHaveBeenCalledWith("There is no backend '__proto__', so the fastest one computes.");
  const known = setUp({ backend: 'webgl' });
  await known.models.begin(known.on);
  expect(known.session.start).toHaveBeenCalledWith({ model: {}, backend: 'webgl' });
  expect(known.said.sayLater).not.toHaveBeenCalled();
});

it('a file is kept, and its history begins anew; the site’s own model keeps its history, and no file', async () => {
  const own = setUp();
  await own.models.open(file);
  expect(own.stores.models.write).toHaveBeenCalledWith(file);
  expect(own.stores.history.clear).toHaveBeenCalledOnce();
  const site = setUp();
  await site.models.open({});
  expect(site.stores.models.clear).toHaveBeenCalledOnce();
  expect(site.stores.history.clear).not.toHaveBeenCalled();
});

it('a file that is no model changes nothing', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const { models, stores, said } = setUp();
  await expect(models.open({ name: 'bad' })).rejects.toThrow('cannot be used');
  expect(said.opened).not.toHaveBeenCalled();
  expect(said.show).not.toHaveBeenCalled();
  for (const { clear, write } of [stores.models, stores.history]) {
    expect(clear).not.toHaveBeenCalled();
    expect(write).not.toHaveBeenCalled();
  }
});
