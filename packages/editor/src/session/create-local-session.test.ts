import type { Autodrag, Picture, PreviewOptions, Session } from '@autodrag/autodrag';
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
const shown = { ...picture, draft: false };
const point = { handle: { x: 1, y: 1 }, target: { x: 2, y: 2 } };
const request = (id: number) => ({ w: Float32Array.of(id), points: [point] });
const info = { maxPoints: 4, backend: 'webgl' } as SessionInfo;

/**
 * A model that tells which codes it was opened at; `hold` is awaited by each preview, after `takes`.
 *
 * @param options.drafts whether it has any
 */
function createModel({
  hold = Promise.resolve() as Promise<unknown>,
  takes = () => 0,
  drafts = true,
  ...rest
}: Partial<LoadedModel> & { hold?: Promise<unknown>; takes?: () => number; drafts?: boolean } = {}) {
  const opened: number[] = [];
  const disposed: number[] = [];
  const begun: number[] = [];
  const asked: (boolean | undefined)[] = [];
  const sessionAt = (w: Float32Array): Session =>
    ({
      w,
      image: picture,
      preview: async (_: unknown, { draft }: PreviewOptions) => {
        begun.push(w[0] as number);
        asked.push(draft);
        takes();
        await hold;
        return { ...picture, draft: drafts && draft === true };
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
  return { model, autodrag, opened, disposed, asked, underWay };
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
  expect(await Promise.all(previews)).toEqual([null, null, shown]); // the third was under way
  expect(await last).toEqual(shown);
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
  expect(await preview).toEqual(shown);
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

test.each([true, false])(
  'where whole previews are slow, those that may be drafts are drafts, if the model has any: %s',
  async (drafts) => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { model, asked } = createModel({ takes: () => (now += 90), drafts });
    const { session } = await start(model);
    const preview = (draft: boolean) => session.preview({ ...request(1), draft });
    const given = [await preview(true), await preview(true), await preview(true), await preview(false)];
    vi.restoreAllMocks();
    expect(given.map((one) => one?.draft)).toEqual([false, false, drafts, false]);
    expect(asked).toEqual([false, false, true, false]);
  },
);
