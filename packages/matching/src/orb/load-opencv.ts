import type OpenCv from '@techstark/opencv-js';
import { OpenCvError } from '../errors.js';
import { inNode } from '../node/import-node.js';
import { openCvPackage, requireOpenCv } from '../node/require-opencv.js';

/** OpenCV's module, in a box: the module has a `then`, and awaiting it would never return. */
export type OpenCvBox = { cv: typeof OpenCv };

/** What a browser needs, since a bundler that met OpenCV's file would stumble over what it requires of Node. */
export const openCvInBrowsers = `in a browser, say where OpenCV's script is: createOrbMatcher({ opencv: new URL('${openCvPackage}/dist/opencv.js', import.meta.url) }), after npm install ${openCvPackage}. Matching by feature maps needs no OpenCV.`;

let loading: Promise<OpenCvBox> | undefined;

/**
 * Loads OpenCV once per thread, about 0.3 s and 10 MB. A failure is not remembered.
 *
 * @param script path or address of `opencv.js`; null for the installed package in Node, and for what a page's own
 * script
 *   left in `globalThis.cv` in browsers
 * @throws OpenCvError if it is not there, or the page forbids it
 */
export function loadOpenCv(script: string | null = null): Promise<OpenCvBox> {
  loading ??= load(script).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(script: string | null): Promise<OpenCvBox> {
  requireEval();
  const box = globalCv() ?? (inNode() ? await requireOpenCv(script) : await loadInBrowser(script));
  if (box.cv.Mat) return box;
  await new Promise<void>((resolve, reject) => {
    const target = box.cv as unknown as { onRuntimeInitialized: () => void; onAbort: (reason: unknown) => void };
    target.onRuntimeInitialized = resolve;
    target.onAbort = (reason) => reject(new OpenCvError(`OpenCV's WebAssembly did not start: ${String(reason)}`));
  });
  return box;
}

/**
 * OpenCV's bindings are built from text when it starts; where that is forbidden, it would never say that it is ready.
 */
function requireEval(): void {
  try {
    new Function('');
  } catch (cause) {
    throw new OpenCvError(
      "OpenCV builds functions from text, which the Content-Security-Policy here forbids. Add 'unsafe-eval' to its script-src, also in the answer that carries the worker's script; or match by feature maps, which need no OpenCV.",
      { cause },
    );
  }
}

function globalCv(): OpenCvBox | null {
  const { cv } = globalThis as { cv?: typeof OpenCv };
  return cv?.Mat ? { cv } : null;
}

/** The script as it is, past every bundler: it is a function's body that fills `module.exports`. */
async function loadInBrowser(script: string | null): Promise<OpenCvBox> {
  if (script === null) throw new OpenCvError(openCvInBrowsers);
  let text: string;
  try {
    const response = await fetch(script);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    text = await response.text();
  } catch (cause) {
    throw new OpenCvError(`OpenCV's script '${script}' cannot be fetched: ${(cause as Error).message}`, { cause });
  }
  const module: { exports: { Mat?: unknown; then?: unknown } } = { exports: {} };
  try {
    new Function('module', 'exports', text)(module, module.exports);
  } catch (cause) {
    throw new OpenCvError(`OpenCV's script '${script}' is none, or damaged: ${(cause as Error).message}`, { cause });
  }
  const cv = module.exports;
  if (!('then' in cv || 'Mat' in cv)) throw new OpenCvError(`'${script}' is a script, but not OpenCV's.`);
  return { cv: cv as unknown as typeof OpenCv };
}

/** The message of whatever OpenCV threw: its exceptions arrive as addresses. */
export function openCvMessage({ cv }: OpenCvBox, error: unknown): string {
  if (typeof error === 'number') {
    const from = (cv as unknown as { exceptionFromPtr(address: number): { msg: string } }).exceptionFromPtr;
    return from(error).msg.trim();
  }
  return error instanceof Error ? error.message : String(error);
}
