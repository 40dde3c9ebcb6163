import { InvalidArgumentError } from '@autodrag/nn';
import { inNode } from '../node/import-node.js';
import type { WorkerPoolOptions } from '../pool/create-worker-pool.js';
import { openCvInBrowsers } from './load-opencv.js';
import type { OrbJob } from './match-orb-pair.js';

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
   * Images whose longer side is shorter are enlarged to it before ORB sees them (0 for never): ORB finds nothing within
   * 31 pixels of the border and wants texture that is coarse to its 31-pixel patches.
   * @default 512
   */
  minSize?: number;
  /**
   * Where OpenCV's script is, `dist/opencv.js` of `@techstark/opencv-js`. Browsers must be told; in Node the installed
   * package is found.
   */
  opencv?: string | URL;
  /** Workers, 0 to work on the calling thread. @default one less than the processor has threads, 1 to 4 */
  workers?: number;
} & Partial<Pick<WorkerPoolOptions, 'createWorker' | 'maxQueue' | 'timeoutMs'>>;

/**
 * Checks the options and gives what each job says about how it is to be done.
 *
 * @throws InvalidArgumentError
 */
export function orbSettings(options: OrbMatcherOptions): Pick<OrbJob, 'orb' | 'gms' | 'opencv'> {
  const { features = 10000, fastThreshold = 0, gms = true, rotation = false, scale = false } = options;
  const { thresholdFactor = 6, minSize = 512, opencv, workers, createWorker } = options;
  const whole = (name: string, value: number, least: number, most: number) => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    throw new InvalidArgumentError(
      `createOrbMatcher: ${name}: expected a whole number from ${least} to ${most}, got ${String(value)}`,
    );
  };
  whole('features', features, 1, 100_000);
  whole('fastThreshold', fastThreshold, 0, 255);
  whole('minSize', minSize, 0, 4096);
  if (workers !== undefined) whole('workers', workers, 0, 64);
  if (!(typeof thresholdFactor === 'number' && thresholdFactor >= 0)) {
    throw new InvalidArgumentError(
      `createOrbMatcher: thresholdFactor: expected a number from 0, got ${String(thresholdFactor)}`,
    );
  }
  if (!inNode() && opencv === undefined && createWorker === undefined && !('cv' in globalThis && workers === 0)) {
    throw new InvalidArgumentError(`createOrbMatcher: opencv: ${openCvInBrowsers}`);
  }
  return {
    orb: { features, fastThreshold, minSize },
    gms: gms ? { rotation, scale, thresholdFactor } : null,
    opencv: opencv === undefined ? null : absolute(opencv),
  };
}

/** Workers have another base than the page. */
function absolute(script: string | URL): string {
  if (script instanceof URL || inNode()) return String(script);
  try {
    return new URL(script, typeof document === 'undefined' ? globalThis.location?.href : document.baseURI).href;
  } catch (cause) {
    throw new InvalidArgumentError(`createOrbMatcher: opencv: expected an address, got '${script}'`, { cause });
  }
}
