import type { BrowserContext } from 'playwright-core';

/** What pages compute with. */
export type BrowserBackend = 'webgl' | 'webgpu' | 'wasm' | 'cpu';

/** A path to a Chromium that can be started: `CHROMIUM_PATH`, or the first on the PATH; undefined if there is none. */
export function findChromium(): string | undefined;

/** Why browser tests cannot run here, printed once; undefined if they can. For `test.skipIf(whyNoBrowser())`. */
export function whyNoBrowser(): string | undefined;

/** Starts a headless Chromium with a new, empty profile. `close()` also removes the profile. */
export function launchChromium(options?: {
  backend?: BrowserBackend;
  args?: string[];
}): Promise<{ context: BrowserContext; close(): Promise<void> }>;

/** Serves a directory on a free port of this machine alone, and single files under other addresses. */
export function serve(options: {
  directory: string;
  /** Addresses such as '/weights/generator.safetensors' to paths. */
  files?: Record<string, string>;
  /** Whether pages get SharedArrayBuffer. @default false */
  isolated?: boolean;
  /** Go with each answer. */
  headers?: Record<string, string>;
}): Promise<{ url: string; close(): Promise<void> }>;

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
