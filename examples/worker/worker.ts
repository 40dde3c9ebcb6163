/// <reference lib="webworker" />
// The models and the session live here, so that the page never waits for them.
import { loadAutodrag, type Picture } from '@autodrag/autodrag';
import { startBackend } from '@autodrag/browser';
import type { Answer, Request } from './messages.js';

const answer = (picture: Picture, text: string) => self.postMessage({ picture, text } satisfies Answer);

const ready = (async () => {
  const { name } = await startBackend();
  const autodrag = await loadAutodrag();
  const session = await autodrag.sample(7);
  answer(session.image, `ready (${name})`);
  return session;
})();

let last: Promise<unknown> = ready;
self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  // One drag after the other: a session does one thing at a time.
  last = last.then(async () => {
    const session = await ready;
    const { image, distanceAfter } = await session.drag(data.points);
    answer(image, `${distanceAfter.toFixed(1)} px are left`);
  });
});
