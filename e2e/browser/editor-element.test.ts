import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { runInBrowser, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';
import type { run } from './pages/editor-element.js';

/** The element in other pages than the demo, with a session that computes nothing. */
describe.skipIf(whyNoBrowser())('<autodrag-editor> in a page', () => {
  let seen: Awaited<ReturnType<typeof run>>;

  beforeAll(async () => {
    const entry = fileURLToPath(new URL('./pages/editor-element.ts', import.meta.url));
    seen = await runInBrowser({ entry, backend: 'cpu', timeout: 300_000 });
  }, 600_000);

  test('properties that are set before it is defined are kept', () => {
    expect(seen.before.kept).toBe(true);
    expect(seen.before.started).toEqual([{ model: { name: 'Mine' } }]);
  });

  test('attributes can come, change and go at any time', () => {
    const { seeds, started, status, first } = seen.attributes;
    expect(seeds).toEqual([7]);
    expect(started.slice(1, 4).map(({ backend }) => backend)).toEqual(['webgl', undefined, undefined]);
    expect(status).toContain("There is no backend 'webgpx'");
    expect(started.slice(4).map(({ model }) => model?.baseUrl)).toEqual([
      expect.stringMatching(/\/models$/),
      undefined,
    ]);
    expect(first).toBe(12);
  });

  test('React: the element by its ref, another model, and attributes of every kind', () => {
    expect(seen.later).toEqual({
      ...{ attributes: [true, '', 'wide', false], names: ['One', 'Two'], failed: ['No such model.'], gone: null },
    });
  });

  test('React: properties and events from the first to the last, and the end of the session with it', () => {
    expect(seen.react).toEqual([
      { names: ['Mine'], sampled: 3, told: 1, disposed: 1 },
      { names: ['Mine'], sampled: 4, told: 1, disposed: 1 },
    ]);
  });
});
