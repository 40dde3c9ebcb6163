import { InvalidArgumentError } from '@autodrag/nn';
import { OpenCvError } from '../errors.js';
import type { ImageLike } from '../image/image-like.js';
import { toGrey } from '../image/to-grey.js';
import { toPixels } from '../image/to-pixels.js';
import type { Matcher, Matches, MatchOptions } from '../matcher.js';
import { createWorkerPool, type WorkerPoolOptions } from '../pool/create-worker-pool.js';
import { startMatchingWorker } from '../pool/start-matching-worker.js';
import { loadOpenCv } from './load-opencv.js';
import { matchOrbPair, type OrbJob } from './match-orb-pair.js';

/** Options of `createOrbMatcher`. */
export type OrbMatcherOptions = {
  /** Most key points an image. @default 10000 */
  features?: number;
  /** FAST's threshold; 0 takes a key point wherever there is any contrast, and leaves the choice to GMS. @default 0 */
  fastThreshold?: number;
  /** Keep the matches that GMS supports, or every nearest neighbour. @default true */
  gms?: boolean;
  /** GMS: try the eight rotations. @default false */
  rotation?: boolean;
  /** GMS: try the five scales. @default false */
  scale?: boolean;
  /** GMS: threshold factor. @default 6 */
  thresholdFactor?: number;
  /**
   * Images whose longer side is shorter are enlarged to it before ORB sees them (0 for never): ORB finds nothing within 31
   * pixels of the border and wants texture that is coarse to its 31-pixel patches.
   * @default 512
   */
  minSize?: number;
  /** Workers, 0 to work on the calling thread. @default one less than the processor has threads, 1 to 4 */
  workers?: number;
} & Partial<Pick<WorkerPoolOptions, 'createWorker' | 'maxQueue' | 'timeoutMs'>>;

/**
 * ORB key points by OpenCV, brute-force Hamming matching, GMS filter.
 *
 * Everything after the decoding of the images runs in workers, so that neither a page nor a training loop waits for it.
 * Images are taken when a worker is free for them: tensors must live until the promise settles.
 *
 * @returns a matcher that owns its workers; `dispose` ends them. Idle workers do not keep a Node process alive
 * @throws InvalidArgumentError; `match` rejects with InvalidArgumentError, ImageDecodeError, OpenCvError, MatchWorkerError,
 *   MatchTimeoutError, MatchQueueFullError, or the signal's reason
 */
export function createOrbMatcher({
  features = 10000,
  fastThreshold = 0,
  gms = true,
  rotation = false,
  scale = false,
  thresholdFactor = 6,
  minSize = 512,
  workers,
  createWorker = startMatchingWorker,
  maxQueue,
  timeoutMs,
}: OrbMatcherOptions = {}): Matcher {
  if (!(Number.isInteger(features) && features >= 1 && features <= 100_000)) {
    throw new InvalidArgumentError(
      `createOrbMatcher: features: expected a whole number from 1 to 100000, got ${features}`,
    );
  }
  if (!(Number.isInteger(fastThreshold) && fastThreshold >= 0 && fastThreshold <= 255)) {
    throw new InvalidArgumentError(
      `createOrbMatcher: fastThreshold: expected a whole number from 0 to 255, got ${fastThreshold}`,
    );
  }
  if (!(Number.isInteger(minSize) && minSize >= 0 && minSize <= 4096)) {
    throw new InvalidArgumentError(`createOrbMatcher: minSize: expected a whole number from 0 to 4096, got ${minSize}`);
  }
  if (!(thresholdFactor >= 0)) {
    throw new InvalidArgumentError(
      `createOrbMatcher: thresholdFactor: expected a number from 0, got ${thresholdFactor}`,
    );
  }
  const toError = (message: string) => new OpenCvError(`orb matcher: ${message}`);
  const pool =
    workers === 0
      ? null
      : createWorkerPool<OrbJob, Matches>({
          ...(workers === undefined ? {} : { workers }),
          ...(maxQueue === undefined ? {} : { maxQueue }),
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
          createWorker,
          toError,
        });

  async function prepare(a: ImageLike, b: ImageLike, { decode }: MatchOptions): Promise<OrbJob> {
    const [pixelsA, pixelsB] = await Promise.all([toPixels(a, 'match: a', decode), toPixels(b, 'match: b', decode)]);
    return {
      a: toGrey(pixelsA),
      b: toGrey(pixelsB),
      orb: { features, fastThreshold, minSize },
      gms: gms ? { rotation, scale, thresholdFactor } : null,
    };
  }

  async function matchHere(a: ImageLike, b: ImageLike, options: MatchOptions): Promise<Matches> {
    options.signal?.throwIfAborted();
    const job = await prepare(a, b, options);
    let box: Awaited<ReturnType<typeof loadOpenCv>>;
    try {
      box = await loadOpenCv();
    } catch (cause) {
      throw new OpenCvError(`orb matcher: OpenCV could not be loaded: ${String(cause)}`, { cause });
    }
    options.signal?.throwIfAborted();
    try {
      return matchOrbPair(box, job);
    } catch (cause) {
      throw new OpenCvError(`orb matcher: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }

  return {
    name: gms ? 'orb-gms' : 'orb',
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
      await pool?.dispose();
    },
  };
}
