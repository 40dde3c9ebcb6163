import type { Autodrag, Picture, Session } from '@autodrag/autodrag';
import { expect, test, vi } from 'vitest';
import { createLocalSession } from './create-local-session.js';
import type { SessionEvent, SessionInfo } from './editor-session.js';
import { type LoadedModel, loadModel } from './load-model.js';

vi.mock('./load-model.js', () => ({ loadModel: vi.fn() }));

const picture: Picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
/** A promise that is settled from outside. */
function later<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
const point = { handle: { x: 1, y: 1 }, target: { x: 2, y: 2 } };
const request = (id: number) => ({ w: Float32Array.of(id), points: [point] });
const info = { maxPoints: 4, backend: 'webgl' } as SessionInfo;

/** A model that tells which codes it was opened at; `hold` is awaited by each preview. */
function createModel({
  hold = Promise.resolve() as Promise<unknown>,
  ...rest
}: Partial<LoadedModel> & { hold?: Promise<unknown> } = {}) {
  const opened: number[] = [];
  const disposed: number[] = [];
  const begun: number[] = [];
  const sessionAt = (w: Float32Array): Session =>
    ({
      w,
      image: picture,
      preview: async () => {
        begun.push(w[0] as number);
        await hold;
        return picture;
      },
      drag: async () => ({ w: Float32Array.of((w[0] as number) + 100), image: picture, points: [], moved: true }),
      dispose: () => disposed.push(w[0] as number),
    }) as unknown as Session;
  const autodrag = {
    wDim: 1,
    predictor: {},
    sample: async (seed: number) => sessionAt(Float32Array.of(seed)),
    open: async (w: Float32Array) => {
      opened.push(w[0] as number);
      return sessionAt(w);
    },
  } as unknown as Autodrag;
  const model: LoadedModel = {
    ...{ first: autodrag, full: Promise.resolve(autodrag), lost: new Promise<never>(() => {}) },
    ...{ info: () => info, dispose: vi.fn() },
    ...rest,
  };
  /** Until a preview is under way. */
  const underWay = () => vi.waitFor(() => expect(begun).toHaveLength(1), { timeout: 10_000 });
  return { model, autodrag, opened, disposed, underWay };
}

async function start(...models: LoadedModel[]) {
  for (const model of models) vi.mocked(loadModel).mockResolvedValueOnce(model);
  const session = createLocalSession();
  const events: SessionEvent[] = [];
  session.subscribe((event) => events.push(event));
  await session.start();
  return { session, events };
}

test('of the previews that wait the latest alone is made, and none that waits for a drag', async () => {
  const first = later<void>();
  const { model, underWay } = createModel({ hold: first.promise });
  const { session } = await start(model);
  const previews = [1, 1, 1].map((id) => session.preview(request(id)));
  await underWay();
  const last = session.preview(request(1));
  first.resolve();
  expect(await Promise.all(previews)).toEqual([null, null, picture]); // the third was under way
  expect(await last).toBe(picture);
  const outdated = session.preview(request(1));
  const drag = session.drag(request(1));
  expect(await outdated).toBeNull();
  expect((await drag).moved).toBe(true);
});

test('a new picture does not wait for a predictor that is on its way; a drag does', async () => {
  const { model, autodrag } = createModel();
  const full = later<Autodrag>();
  const { session } = await start({ ...model, full: full.promise });
  let dragged = false;
  const drag = session.drag(request(1)).then(() => {
    dragged = true;
  });
  expect((await session.sample({ seed: 3 })).w).toEqual(Float32Array.of(3));
  expect(await session.render(Float32Array.of(4))).toBe(picture);
  expect(dragged).toBe(false);
  full.resolve(autodrag);
  await drag;
  expect(dragged).toBe(true);
});

test('pictures of a motion leave what is dragged open: the next drag starts from it', async () => {
  const { model, opened, disposed } = createModel();
  const { session } = await start(model);
  await session.drag(request(1)); // leads to 101
  await session.render(Float32Array.of(50));
  await session.render(Float32Array.of(101));
  await session.preview(request(101));
  expect(opened).toEqual([1, 50]);
  expect(disposed).toEqual([50]);
  await session.preview(request(2));
  expect(opened).toEqual([1, 50, 2]);
  expect(disposed).toHaveLength(2);
});

test('where the graphics processor fails under a request, that is done again by WebAssembly', async () => {
  const lost = later<{ reason: string }>();
  const broken = createModel({ lost: lost.promise as LoadedModel['lost'], hold: new Promise(() => {}) });
  const { model } = createModel();
  const { session, events } = await start(broken.model, model);
  const preview = session.preview(request(1));
  await broken.underWay();
  lost.resolve({ reason: 'taken away' });
  expect(await preview).toBe(picture);
  expect(events).toContainEqual({ type: 'lost', reason: 'taken away' });
  expect(events.filter(({ type }) => type === 'lost')).toHaveLength(1);
  expect(vi.mocked(loadModel).mock.lastCall?.[0]).toEqual({ backend: 'wasm' });
  expect(broken.model.dispose).toHaveBeenCalledOnce();
});

test('what waits is rejected when the session is disposed, and the model is freed', async () => {
  const { model } = createModel();
  const { session } = await start(model);
  const waiting = session.sample({ seed: 1 });
  session.dispose();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await vi.waitFor(() => expect(model.dispose).toHaveBeenCalledOnce());
});
