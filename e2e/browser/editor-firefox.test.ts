import type { AutodragEditor } from '@autodrag/editor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve } from '../../scripts/browser/run-in-browser.mjs';
import { dist, whySkipped } from './editor/drive.js';
import { type FirefoxPage, openInFirefox, whyNoFirefox } from './firefox/open-in-firefox.js';

const why = whyNoFirefox() ?? whySkipped();
if (why) console.warn(`the editor in Firefox: skipped: ${why}`);

/** On the screen, of a place in 128ths of a square picture. */
function placeOf([x, y]: readonly [number, number]): readonly [number, number] {
  const editor = document.querySelector('autodrag-editor') as AutodragEditor;
  const { left, top, width, height } = editor.shadowRoot!.querySelector('.stage')!.getBoundingClientRect();
  const scale = (Math.min(width, height) * 0.96) / 128;
  return [left + width / 2 + (x + 0.5 - 64) * scale, top + height / 2 + (y + 0.5 - 64) * scale];
}

describe.skipIf(why)('the editor in Firefox', () => {
  let site: Awaited<ReturnType<typeof serve>>;
  let page: FirefoxPage;
  beforeAll(async () => {
    site = await serve({ directory: dist });
    page = await openInFirefox({ url: `${site.url}/?seed=7&backend=wasm` });
  });
  afterAll(async () => {
    await page?.close();
    await site?.close();
  });

  const picture = () =>
    page.evaluate(() =>
      Array.from((document.querySelector('autodrag-editor') as AutodragEditor).state.document!.frame.picture.data),
    );
  const state = () =>
    page.evaluate(() => {
      const { status, past, info } = (document.querySelector('autodrag-editor') as AutodragEditor).state;
      return { status, steps: past.length, backend: info?.backend };
    });
  const settled = () =>
    page.until(() => {
      const { phase, info } = (document.querySelector('autodrag-editor') as AutodragEditor).state ?? {};
      return phase === 'ready' && (info?.maxPoints ?? 0) > 0;
    });
  const moveTo = async (x: number, y: number) => page.move(await page.evaluate(placeOf, [x, y] as const));

  test('the picture follows a pull, is dragged, and comes back', async () => {
    await settled();
    expect((await state()).backend).toBe('wasm');
    const before = await picture();
    expect(new Set(before).size).toBeGreaterThan(100);
    await moveTo(77, 79);
    await page.down();
    await moveTo(72, 82);
    await moveTo(67, 84);
    await page.until(() => (document.querySelector('autodrag-editor') as AutodragEditor).state.preview !== null);
    await page.up();
    await settled();
    const { status, steps } = await state();
    const [, from, to] = /^Moved: ([\d.]+) px from the target before, ([\d.]+) px now/.exec(status) ?? [];
    expect(Number(to)).toBeLessThan(Number(from) / 3);
    expect(steps).toBe(1);
    expect(await picture()).not.toEqual(before);
    await page.press('\uE009', 'z');
    expect((await state()).status).toBe('One step back.');
    expect(await picture()).toEqual(before);
  });

  test('all of it is there again after a reload', async () => {
    await page.press('\uE009', '\uE008', 'z');
    const edited = await picture();
    await page.until(() => location.hash.includes('edit='));
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    await page.reload();
    await settled();
    expect((await state()).steps).toBe(1);
    expect(await picture()).toEqual(edited);
  });
});
