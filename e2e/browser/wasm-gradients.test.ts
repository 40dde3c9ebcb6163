import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runInBrowser, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';

type Result = {
  registered: { added: string[]; replaced: string[] };
  differences: Record<string, number>;
  threads: number;
  layers: { difference: number; helpers: number[]; jobs: number[] };
};
const entry = fileURLToPath(new URL('./pages/wasm-gradients.ts', import.meta.url));

describe.skipIf(whyNoBrowser())('@autodrag/wasm-gradients in Chromium', () => {
  test.each([
    { isolated: false, title: 'one thread' },
    { isolated: true, title: 'in an isolated page, where the backend may use threads and shared memory' },
  ])('agrees with the cpu backend: $title', async ({ isolated }) => {
    const { registered, differences, threads, layers } = await runInBrowser<Result>({
      entry,
      backend: 'wasm',
      isolated,
    });
    expect(registered.added).toContain('Conv2DBackpropFilter');
    expect(threads).toBeGreaterThanOrEqual(1);
    for (const [name, difference] of Object.entries(differences)) expect(difference, name).toBeLessThan(1e-5);
    expect(Object.keys(differences).length).toBeGreaterThan(10);
    expect(layers.difference).toBeLessThan(1e-4);
    // one thread beside the page's own, which had parts of layers
    expect(layers.helpers).toEqual(isolated ? [1] : []);
    for (const jobs of layers.jobs) expect(jobs).toBeGreaterThan(5);
  });
});
