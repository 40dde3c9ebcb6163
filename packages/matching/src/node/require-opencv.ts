import type OpenCv from '@techstark/opencv-js';
import { OpenCvError } from '../errors.js';
import { importNode } from './import-node.js';

export const openCvPackage = '@techstark/opencv-js';

/**
 * OpenCV of the installed package, or of a script, in a box. Synchronously required, so that nothing can await the
 * module.
 *
 * @param script path or `file:` address of `opencv.js`; null for the installed package
 * @throws OpenCvError if it is not there
 */
export async function requireOpenCv(script: string | null): Promise<{ cv: typeof OpenCv }> {
  const { createRequire } = await importNode<typeof import('node:module')>('node:module');
  const { fileURLToPath } = await importNode<typeof import('node:url')>('node:url');
  const before = new Map<string, readonly unknown[]>();
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    before.set(event, process.listeners(event as 'uncaughtException'));
  }
  try {
    const name = script?.startsWith('file:') ? fileURLToPath(script) : (script ?? openCvPackage);
    return { cv: createRequire(import.meta.url)(name) as typeof OpenCv };
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    throw new OpenCvError(
      code === 'MODULE_NOT_FOUND'
        ? `ORB needs OpenCV, which is not installed (${script ?? openCvPackage}). Install it: npm install ${openCvPackage}. Matching by feature maps needs no OpenCV.`
        : `${script ?? openCvPackage} could not be loaded: ${message ?? String(cause)}`,
      { cause },
    );
  } finally {
    removeListenersSince(before);
  }
}

/**
 * Listeners that emscripten puts on the process: they rethrow every uncaught exception and turn every unhandled
 * rejection of the application into an abort of OpenCV. A library must not do that, so they are taken off again.
 */
function removeListenersSince(before: ReadonlyMap<string, readonly unknown[]>): void {
  for (const [event, known] of before) {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!known.includes(listener)) process.removeListener(event as 'uncaughtException', listener);
    }
  }
}
