import type { BrowserContext } from 'playwright-core';

/** What pages compute with. */
export type BrowserBackend = 'webgl' | 'webgpu' | 'wasm' | 'cpu';

/** Starts a headless Chromium with a new, empty profile. `close()` also removes the profile. */
export function launchChromium(options?: {
  /** @default 'webgl' */
  backend?: BrowserBackend;
  /** Draw in software, so that a machine without a GPU gives the same pixels as any other. @default true */
  software?: boolean;
  args?: string[];
}): Promise<{ context: BrowserContext; close(): Promise<void> }>;
