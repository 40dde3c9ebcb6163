import { expect, it } from 'vitest';
import { createRemoteSession } from './create-remote-session.js';
import type { EditorSession, SessionEvent } from './editor-session.js';
import { serveSession } from './serve-session.js';

const w = Float32Array.of(1, 2);
const picture = { width: 1, height: 1, data: new Uint8ClampedArray([1, 2, 3, 255]) };

/** A session that answers by what it is asked, as far as the wire is concerned. */
function pair(override: Partial<EditorSession> = {}) {
  const heard: SessionEvent[] = [];
  let emit: (event: SessionEvent) => void = () => {};
  let disposed = false;
  const local: EditorSession = {
    start: async () => ({ name: 'x' }) as never,
    sample: async ({ seed }) => ({ w: Float32Array.of(seed), picture }),
    render: async () => picture,
    preview: async () => null,
    drag: (_, call) =>
      new Promise((_, reject) => call?.signal?.addEventListener('abort', () => reject(call.signal?.reason))),
    subscribe: (listener) => {
      emit = listener;
      return () => {};
    },
    dispose: () => {
      disposed = true;
    },
    ...override,
  };
  const { port1, port2 } = new MessageChannel();
  const end = serveSession(local, port1);
  const remote = createRemoteSession(port2, { onDispose: () => port2.close() });
  remote.subscribe((event) => heard.push(event));
  return { remote, heard, emit: (event: SessionEvent) => emit(event), end, isDisposed: () => disposed };
}

it('is the same session at the other end', async () => {
  const { remote, heard, emit } = pair();
  expect(await remote.sample({ seed: 5 })).toEqual({ w: Float32Array.of(5), picture });
  expect(await remote.render(w)).toEqual(picture);
  expect(await remote.preview({ w, points: [] })).toBeNull();
  emit({ type: 'lost', reason: 'gone' });
  await remote.render(w);
  expect(heard).toEqual([{ type: 'lost', reason: 'gone' }]);
  remote.dispose();
});

it('brings errors with name, message and code', async () => {
  const error = Object.assign(new Error('drag: points: none'), { name: 'PointError', code: 'POINT' });
  const { remote } = pair({ render: () => Promise.reject(error) });
  await expect(remote.render(w)).rejects.toMatchObject({
    name: 'PointError',
    code: 'POINT',
    message: 'drag: points: none',
  });
  remote.dispose();
});

it('stops at once, whatever the other end does, and tells it', async () => {
  let told: unknown;
  const { remote } = pair({
    drag: (_, call) => new Promise(() => call?.signal?.addEventListener('abort', () => (told = call.signal?.aborted))),
  });
  const controller = new AbortController();
  const drag = remote.drag({ w, points: [] }, { signal: controller.signal });
  controller.abort();
  await expect(drag).rejects.toMatchObject({ name: 'AbortError' });
  await remote.render(w);
  expect(told).toBe(true);
  await expect(remote.render(w, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  remote.dispose();
});

it('ends once, and rejects what is under way', async () => {
  const { remote, isDisposed } = pair();
  const drag = remote.drag({ w, points: [] });
  remote.dispose();
  await expect(drag).rejects.toMatchObject({ name: 'AbortError' });
  await expect(remote.render(w)).rejects.toMatchObject({ name: 'AbortError' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isDisposed()).toBe(true);
});

it('says that the other end has died, once', async () => {
  const { remote, heard } = pair();
  const drag = remote.drag({ w, points: [] });
  for (let i = 0; i < 2; i++) remote.fail(new Error('the worker stopped: out of memory'));
  await expect(drag).rejects.toThrow('out of memory');
  await expect(remote.render(w)).rejects.toThrow('out of memory');
  expect(heard).toEqual([{ type: 'ended', reason: 'the worker stopped: out of memory' }]);
  remote.dispose();
});

it('answers no request that there is none of', async () => {
  const { remote, end } = pair();
  const odd = remote as unknown as { start(argument: unknown): Promise<unknown> };
  await expect(odd.start({})).resolves.toEqual({ name: 'x' });
  end();
  remote.dispose();
});
