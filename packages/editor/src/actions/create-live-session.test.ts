import { expect, it, vi } from 'vitest';
import type { EditorSession, SessionEvent } from '../session/editor-session.js';
import { createLiveSession } from './create-live-session.js';

/** A session that is begun when `finish` is called. */
function setUp() {
  const sessions: EditorSession[] = [];
  const ends: (() => void)[] = [];
  const emits: ((event: SessionEvent) => void)[] = [];
  const make = vi.fn(async () => {
    const subscribe = (listener: (event: SessionEvent) => void) => {
      emits.push(listener);
      return () => {};
    };
    sessions.push({ subscribe, dispose: vi.fn() } as never as EditorSession);
    return sessions.at(-1) as EditorSession;
  });
  const begin = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
  const failed = vi.fn();
  const live = createLiveSession({ make, begin, hear: () => {}, failed, problem: () => null });
  const finish = async () => {
    await vi.waitFor(() => expect(ends.length).toBeGreaterThan(0));
    for (const end of ends.splice(0)) end();
  };
  return { live, make, begin, failed, finish, sessions, emits };
}

it('is begun once, however many ask for it while it starts', async () => {
  const { live, make, begin, finish, sessions } = setUp();
  const asked = [live.start(), live.get(), live.start()];
  await finish();
  expect((await Promise.all(asked))[1]).toBe(sessions[0]);
  expect(await live.get()).toBe(sessions[0]);
  expect([make, begin].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});

it('starts again after its end, and after it has died, also while it still begins', async () => {
  const { live, begin, failed, finish, sessions, emits } = setUp();
  const first = live.start();
  await vi.waitFor(() => expect(begin).toHaveBeenCalledTimes(1));
  live.end();
  expect(sessions[0]?.dispose).toHaveBeenCalledOnce();
  const second = live.get();
  await vi.waitFor(() => expect(begin).toHaveBeenCalledTimes(2));
  await finish();
  expect(await second).toBe(sessions[1]);
  await first;
  emits[1]?.({ type: 'ended', reason: 'no memory' });
  expect(live.now()).toBeNull();
  const third = live.get();
  await finish();
  expect(await third).toBe(sessions[2]);
  expect(failed).not.toHaveBeenCalled();
});
