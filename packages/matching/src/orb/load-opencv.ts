import type OpenCv from '@techstark/opencv-js';

/** OpenCV's module, in a box: the module has a `then`, and awaiting it would never return. */
export type OpenCvBox = { cv: typeof OpenCv };

let loading: Promise<OpenCvBox> | undefined;

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

/** Synchronously, so that nothing can await the module. */
async function requireOpenCv(): Promise<OpenCvBox | null> {
  const { createRequire } = await import(/* @vite-ignore */ 'node:module');
  try {
    return { cv: createRequire(import.meta.url)('@techstark/opencv-js') as typeof OpenCv };
  } catch {
    return null; // bundled, perhaps
  }
}

async function load(imported: OpenCvBox | undefined): Promise<OpenCvBox> {
  const node = typeof process !== 'undefined' && !!process.versions?.node;
  const before = new Map<string, readonly unknown[]>();
  if (node) {
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      before.set(event, process.listeners(event as 'uncaughtException'));
    }
  }
  const box =
    imported ??
    (node ? await requireOpenCv() : null) ??
    ((await import('./opencv-module.js')).openCvModule as OpenCvBox);
  if (node) removeListenersSince(before);
  if (!box.cv.Mat) {
    await new Promise<void>((resolve, reject) => {
      const target = box.cv as unknown as { onRuntimeInitialized: () => void; onAbort: (reason: unknown) => void };
      target.onRuntimeInitialized = resolve;
      target.onAbort = (reason) => reject(new Error(`OpenCV's WebAssembly did not start: ${String(reason)}`));
    });
  }
  return box;
}

/**
 * Loads OpenCV once per thread, about 0.3 s and 10 MB. A failure is not remembered.
 *
 * @param imported the module, where it is imported already
 */
export function loadOpenCv(imported?: OpenCvBox): Promise<OpenCvBox> {
  loading ??= load(imported).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** The message of whatever OpenCV threw: its exceptions arrive as addresses. */
export function openCvMessage({ cv }: OpenCvBox, error: unknown): string {
  if (typeof error === 'number') {
    const from = (cv as unknown as { exceptionFromPtr(address: number): { msg: string } }).exceptionFromPtr;
    return from(error).msg.trim();
  }
  return error instanceof Error ? error.message : String(error);
}
