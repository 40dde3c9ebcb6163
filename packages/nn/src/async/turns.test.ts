import { expect, it } from 'vitest';
import { createTurns } from './turns.js';

it('is due after some work, and lets timers and the signal in', async () => {
  const turns = createTurns({ every: 5 });
  expect(turns.due()).toBe(false);
  const start = performance.now();
  while (performance.now() - start < 6);
  expect(turns.due()).toBe(true);
  let others = false;
  setImmediate(() => {
    others = true;
  });
  await turns.take();
  expect(others).toBe(true);
  expect(turns.due()).toBe(false);
});

it('throws the reason of its signal', async () => {
  const controller = new AbortController();
  const turns = createTurns({ signal: controller.signal, every: 1e9 });
  expect(turns.due()).toBe(false);
  const waiting = turns.take();
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(turns.due()).toBe(true);
  await expect(turns.take()).rejects.toThrow('enough');
});

it('works where there is only a MessageChannel', async () => {
  const { setImmediate: kept } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, 'setImmediate');
    let others = false;
    setTimeout(() => {
      others = true;
    }, 0);
    const turns = createTurns({ every: 0 });
    for (let i = 0; i < 1000 && !others; i++) await turns.take();
    expect(others).toBe(true);
  } finally {
    globalThis.setImmediate = kept;
  }
});
