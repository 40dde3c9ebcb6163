import type { Matches } from '../matcher.js';
import { inNode } from '../node/import-node.js';
import { parentThread } from '../node/parent-thread.js';
import { loadOpenCv } from '../orb/load-opencv.js';
import { matchOrbPair, type OrbJob } from '../orb/match-orb-pair.js';
import type { JobMessage, ReplyMessage } from './messages.js';

/** The script of a worker: receives OrbJobs, answers with Matches. Runs in Node and in browsers. */

type Post = (message: unknown, transfer: ArrayBuffer[]) => void;

/** After an abort, or a trap, the state of OpenCV's heap is unknown. */
const isFatal = (error: unknown) =>
  error instanceof WebAssembly.RuntimeError || (error instanceof Error && /abort|out of memory/i.test(error.message));

async function answer(post: Post, { id, job }: JobMessage<OrbJob>): Promise<void> {
  try {
    const result = matchOrbPair(await loadOpenCv(job.opencv), job);
    const reply: ReplyMessage<Matches> = { id, result };
    post(
      reply,
      [result.pointsA, result.pointsB, result.scores].map((array) => array.buffer as ArrayBuffer),
    );
  } catch (error) {
    const reply: ReplyMessage<Matches> = {
      id,
      error: { message: error instanceof Error ? error.message : String(error) },
      fatal: isFatal(error),
    };
    post(reply, []);
  }
}

if (inNode()) {
  void parentThread().then((parent) => {
    parent?.on('message', (message) => void answer((m, transfer) => parent.postMessage(m, transfer), message));
  });
} else {
  const scope = globalThis as unknown as {
    postMessage: Post;
    addEventListener(event: 'message', listener: (event: { data: JobMessage<OrbJob> }) => void): void;
  };
  scope.addEventListener('message', ({ data }) => void answer((m, transfer) => scope.postMessage(m, transfer), data));
}
