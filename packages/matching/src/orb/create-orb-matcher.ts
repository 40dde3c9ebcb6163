import { MatchWorkerError, OpenCvError } from '../errors.js';
import type { ImageLike } from '../image/image-like.js';
import { toGrey } from '../image/to-grey.js';
import { toPixels } from '../image/to-pixels.js';
import type { Matcher, Matches, MatchOptions } from '../matcher.js';
import { createWorkerPool, type WorkerPool } from '../pool/create-worker-pool.js';
import { startMatchingWorker } from '../pool/start-matching-worker.js';
import { loadOpenCv } from './load-opencv.js';
import { matchOrbPair, type OrbJob } from './match-orb-pair.js';
import { type OrbMatcherOptions, orbSettings } from './orb-options.js';
import { readMatches } from './read-matches.js';

/**
 * ORB key points by OpenCV, brute-force Hamming matching, GMS filter. OpenCV is an optional package:
 * `npm install @techstark/opencv-js`.
 *
 * Everything after the decoding of the images runs in workers, so that neither a page nor a training loop waits for it.
 * Images are taken when a worker is free for them: tensors must live until the promise settles.
 *
 * @returns a matcher that owns its workers; `dispose` ends them. Idle workers do not keep a Node process alive
 * @throws InvalidArgumentError, also in a browser that is not told where OpenCV is; `match` rejects with
 *   InvalidArgumentError, ImageDecodeError, OpenCvError, MatchWorkerError, MatchTimeoutError, MatchQueueFullError, or
 *   the signal's reason
 */
export function createOrbMatcher(options: OrbMatcherOptions = {}): Matcher {
  const settings = orbSettings(options);
  const pool = options.workers === 0 ? null : createOrbPool(options);
  let disposed = false;

  async function prepare(a: ImageLike, b: ImageLike, { decode }: MatchOptions): Promise<OrbJob> {
    const [pixelsA, pixelsB] = await Promise.all([toPixels(a, 'match: a', decode), toPixels(b, 'match: b', decode)]);
    return { a: toGrey(pixelsA), b: toGrey(pixelsB), ...settings };
  }

  async function matchHere(a: ImageLike, b: ImageLike, options: MatchOptions): Promise<Matches> {
    if (disposed) throw new MatchWorkerError('orb matcher: it was disposed. Create a new one.');
    options.signal?.throwIfAborted();
    const job = await prepare(a, b, options);
    try {
      const box = await loadOpenCv(settings.opencv);
      options.signal?.throwIfAborted();
      return matchOrbPair(box, job);
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw new OpenCvError(`orb matcher: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }

  return {
    name: settings.gms ? 'orb-gms' : 'orb',
    match(a, b, options = {}) {
      if (!pool) return matchHere(a, b, options);
      return pool.run(
        async () => {
          const job = await prepare(a, b, options);
          return { job, transfer: [job.a.data.buffer as ArrayBuffer, job.b.data.buffer as ArrayBuffer] };
        },
        { signal: options.signal },
      );
    },
    async dispose() {
      disposed = true;
      await pool?.dispose();
    },
  };
}

function createOrbPool({ workers, createWorker, maxQueue, timeoutMs }: OrbMatcherOptions): WorkerPool<OrbJob, Matches> {
  return createWorkerPool({
    ...(workers === undefined ? {} : { workers }),
    ...(maxQueue === undefined ? {} : { maxQueue }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    createWorker: createWorker ?? startMatchingWorker,
    toError: (message) => new OpenCvError(`orb matcher: ${message}`),
    readResult: readMatches,
  });
}
