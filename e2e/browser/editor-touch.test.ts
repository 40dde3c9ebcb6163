import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, serve } from '../../scripts/browser/run-in-browser.mjs';
import { change, type Driver, dist, drive, openPage, whySkipped } from './editor/drive.js';

type Place = { x: number; y: number };

/** Real fingers, as far as the browser can tell: it decides itself what is a scroll. */
function createFingers(session: CDPSession) {
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', places: Place[]) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: places.map(({ x, y }, id) => ({ x, y, id })) });
  const between = (from: Place, to: Place, share: number) => ({
    x: from.x + (to.x - from.x) * share,
    y: from.y + (to.y - from.y) * share,
  });
  return {
    send,
    /** Each finger from its first place to its second one. */
    async swipe(ways: [Place, Place][], steps = 8) {
      await send(
        'touchStart',
        ways.map(([from]) => from),
      );
      for (let i = 1; i <= steps; i++) {
        await send(
          'touchMove',
          ways.map(([from, to]) => between(from, to, i / steps)),
        );
      }
      await send('touchEnd', []);
    },
    async tap(place: Place) {
      await send('touchStart', [place]);
      await send('touchEnd', []);
    },
  };
}

describe.skipIf(whySkipped())('the editor under fingers', () => {
  let site: Awaited<ReturnType<typeof serve>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let folder: string;
  const errors: string[] = [];

  const openTouch = async (address: string) => {
    const page = await openPage(browser.context, address, { errors, width: 390, height: 844 });
    const session = await browser.context.newCDPSession(page);
    await session.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 5 });
    return { page, user: drive(page), fingers: createFingers(session) };
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'autodrag-touch-'));
    const long = join(folder, 'long.html');
    // the demo's own page, with text around the element as an article has it
    const text = '<p style="height: 700px">Text.</p>';
    const style = '<style>body { display: block; height: auto } main { height: 620px }</style>';
    const html = readFileSync(join(dist, 'index.html'), 'utf8');
    writeFileSync(long, html.replace('</head>', `${style}</head>`).replace('</main>', `</main>${text}${text}`));
    site = await serve({ directory: dist, files: { '/long.html': long } });
    browser = await launchChromium({ backend: 'wasm' });
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
    expect(errors).toEqual([]);
  });

  describe('on a page of its own', () => {
    let page: Page;
    let user: Driver;
    let fingers: ReturnType<typeof createFingers>;
    beforeAll(async () => {
      ({ page, user, fingers } = await openTouch(`${site.url}/?seed=7`));
      await user.settled();
    });

    test('a finger pulls a point, and the page stays where it is', async () => {
      const before = await user.picture();
      await fingers.swipe([[await user.place(77, 79), await user.place(67, 84)]]);
      expect(await user.phase()).toBe('working');
      await user.settled();
      const after = await user.picture();
      expect(change(before, after, { left: 57, right: 87, top: 70, bottom: 95 })).toBeGreaterThan(3);
      expect(await page.evaluate(() => scrollY)).toBe(0);
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await user.picture()).toEqual(before);
    });

    test('two fingers pinch: no point is placed, none is taken over', async () => {
      const steps = await user.steps();
      const [left, right] = [await user.place(50, 64), await user.place(78, 64)];
      const [farLeft, farRight] = [await user.place(20, 64), await user.place(108, 64)];
      await fingers.swipe([
        [left, farLeft],
        [right, farRight],
      ]);
      expect(await user.editor(({ state }) => state.view.zoom)).toBeGreaterThan(1.8);
      expect(await user.editor(({ state }) => [state.gesture, state.phase])).toEqual([null, 'ready']);
      expect(await user.steps()).toBe(steps);
      await page.keyboard.press('0');
      // a second finger that comes during a pull ends it
      const from = await user.place(60, 60);
      const to = await user.place(80, 60);
      await fingers.send('touchStart', [from]);
      await fingers.send('touchMove', [to]);
      expect(await user.editor(({ state }) => state.gesture?.kind)).toBe('pull');
      await fingers.send('touchStart', [to, from]);
      expect(await user.editor(({ state }) => state.gesture)).toBeNull();
      await fingers.send('touchEnd', []);
      expect(await user.editor(({ state }) => [state.gesture, state.phase])).toEqual([null, 'ready']);
      expect(await user.steps()).toBe(steps);
      await user.editor((editor) => editor.send({ type: 'fit' }));
    });

    test('anchors and the brush are tools: no key is needed', async () => {
      await page.getByRole('button', { name: /^Anchors/ }).click();
      await fingers.tap(await user.place(30, 30));
      expect(await user.editor(({ state }) => state.document?.anchors.length)).toBe(1);
      await fingers.tap(await user.place(30, 30));
      expect(await user.editor(({ state }) => state.document?.anchors.length)).toBe(0);
      await page.getByRole('button', { name: /^Brush/ }).click();
      await fingers.swipe([[await user.place(40, 40), await user.place(60, 40)]]);
      expect(await user.editor(({ state }) => state.document?.mask.length)).toBe(1);
      await page.getByRole('button', { name: /^Drag points/ }).click();
      for (let i = 0; i < 3; i++) await page.keyboard.press('Control+z');
    });
  });

  test('in a page that scrolls, a swipe scrolls and changes nothing; two taps drag; two fingers pinch', async () => {
    const { page, user, fingers } = await openTouch(`${site.url}/long.html?seed=9`);
    await user.settled();
    const [before, steps] = [await user.picture(), await user.steps()];
    await fingers.swipe([[await user.place(64, 100), await user.place(64, 10)]], 16);
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(60);
    expect(await user.editor(({ state }) => [state.gesture, state.phase])).toEqual([null, 'ready']);
    expect([await user.steps(), await user.picture()]).toEqual([steps, before]);
    await page.evaluate(() => scrollTo(0, 0));
    await fingers.swipe([
      [await user.place(50, 64), await user.place(20, 64)],
      [await user.place(78, 64), await user.place(108, 64)],
    ]);
    expect(await user.editor(({ state }) => state.view.zoom)).toBeGreaterThan(1.5);
    await user.editor((editor) => editor.send({ type: 'fit' }));
    await fingers.tap(await user.place(70, 79));
    expect(await user.status()).toBe('Now the place where it should go.');
    await fingers.tap(await user.place(60, 84));
    await user.settled();
    expect(await user.steps()).toBe(steps + 1);
    await page.close();
  });
});
