import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { runInBrowser, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';
import type { run } from './pages/editor-conditions.js';

/** What pages do to an editor, and hands to a page; with a session that computes nothing. */
describe.skipIf(whyNoBrowser())('<autodrag-editor> under odd conditions', () => {
  let seen: Awaited<ReturnType<typeof run>>;

  beforeAll(async () => {
    const entry = fileURLToPath(new URL('./pages/editor-conditions.ts', import.meta.url));
    seen = await runInBrowser({ entry, backend: 'cpu', timeout: 400_000 });
  }, 700_000);

  test('nothing is thrown, whatever happens', () => {
    expect(seen.errors).toEqual([]);
  });

  test('without room it works, and is drawn when there is some', () => {
    expect(seen.room).toEqual([
      { steps: 1, zoom: 2 },
      { steps: 1, zoom: 2 },
    ]);
  });

  test('64 points are placed, dragged at once and given back; one more is refused in words', () => {
    const { status, ...rest } = seen.points;
    expect(status).toBe('This model takes 64 points and anchors at most.');
    expect(rest).toEqual({ placed: 64, drags: [64], left: 0, back: 64 });
  });

  test('undo and redo while drags run: what is stopped is never heard of again, and the first picture stays', () => {
    const { begun, wrong, end, first, many } = seen.undo;
    expect(begun).toEqual([7, 8, 9, 10]);
    expect(wrong).toEqual([]);
    expect(end).toEqual({ phase: 'ready', running: null, queued: [], gesture: null });
    expect(first).toBe(7);
    expect(many).toBe(true);
  });

  test('two in a page: keys and strokes of one are nothing to the other', () => {
    expect(seen.two).toEqual({
      ...{ neither: ['drag', 'drag'], one: ['mask', 'drag'], hidden: true },
      ...{ steps: [1, 2], left: ['drag', 'mask'] },
    });
  });

  test('fields that a page puts into the panel are typed into', () => {
    expect(seen.fields).toEqual([
      [false, 'drag'],
      [false, 'drag'],
      [false, 'drag'],
    ]);
  });

  test('a failure is told once; what cannot be opened is refused, and what was there stays', () => {
    const { said, opened, ...rest } = seen.failures;
    expect(said).toEqual(['The device is tired.']);
    expect(opened).toEqual([
      "'code.json' is of another model: it has 2 values, this one has 1 × 1.",
      'opened',
      'No such code.',
    ]);
    expect(rest).toEqual({ phase: 'ready', w: 50, steps: 2 });
  });

  test('the slider comes back after the picture before was held; with nothing before it stays', () => {
    expect(seen.holding).toEqual(['slider', 'slider', 'hold', 'slider']);
  });

  test('keys of a page that has switched it off are the page’s, and so is an Escape that ends nothing', () => {
    expect(seen.off).toEqual(['mask', 'mask', 'mask', 'drag', 0, [true, true, false]]);
  });

  test('the strip keeps its buttons; a link is offered where there is one; the backend that is asked for is shown', () => {
    expect(seen.panels).toEqual({ keeps: true, links: [true, false] });
  });

  test('a full disk is said, once', () => {
    expect(seen.disk).toMatch(/^Moved: .* ms\)$/);
  });

  test('a race ends by Escape, and with its model', () => {
    expect(seen.races).toEqual({ heard: true, lanes: 0 });
  });

  test('the slider runs from the left in any page', () => {
    expect(seen.direction).toBe('ltr');
  });

  test('a model that is opened at once is begun once, after the first one', () => {
    expect(seen.atOnce).toEqual({ name: 'Mine', steps: 0, models: [undefined, 'Mine'], sampled: [7] });
  });

  test('in the background no motion is waited for', () => {
    expect(seen.background).toBe(1);
  });
});
