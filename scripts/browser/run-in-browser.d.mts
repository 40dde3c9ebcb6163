import type { BrowserBackend } from '../../packages/cli/src/chromium/launch-chromium.mjs';

export { findChromium } from '../../packages/cli/src/chromium/find-chromium.mjs';
export { type BrowserBackend, launchChromium } from '../../packages/cli/src/chromium/launch-chromium.mjs';
export { serve } from '../../packages/cli/src/chromium/serve.mjs';

/** Why browser tests cannot run here, printed once; undefined if they can. For `test.skipIf(whyNoBrowser())`. */
export function whyNoBrowser(): string | undefined;

/**
 * Bundles a module as a user's bundler would, opens it in a headless Chromium, and returns what its
 * `run({ backend })` gives: something that JSON can hold.
 */
export function runInBrowser<Result = unknown>(options: {
  /** Path of the module, TypeScript or JavaScript. */
  entry: string;
  /** @default 'webgl' */
  backend?: BrowserBackend;
  /** Milliseconds for the page, after bundling. @default 120000 */
  timeout?: number;
  /** Files that the page may fetch: address to path. */
  files?: Record<string, string>;
  /** Whether the page gets SharedArrayBuffer, and so threads on wasm. @default false */
  isolated?: boolean;
}): Promise<Result>;
