import type { AutodragEditor } from '@autodrag/editor';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, serve } from '../../scripts/browser/run-in-browser.mjs';
import { dist, drive, openPage, whySkipped } from './editor/drive.js';

/** Runs before the page's own code: how far things jump, and what the worker is asked for. */
function watch() {
  const watched = { shifts: [] as { value: number; asked: boolean }[], renders: 0 };
  Object.assign(globalThis, { watched });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[]) {
      watched.shifts.push({ value: entry.value, asked: entry.hadRecentInput });
    }
  }).observe({ type: 'layout-shift', buffered: true });
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message: { name?: string }, ...rest: never[]) {
    if (message?.name === 'render') watched.renders++;
    return postMessage.call(this, message, ...rest);
  };
  return watched;
}

const watched = (page: Page) =>
  page.evaluate(() => (globalThis as never as { watched: ReturnType<typeof watch> }).watched);

/** What a screen, and the wishes of who sits before it, ask of the page. */
describe.skipIf(whySkipped())('the page of the editor', () => {
  let site: Awaited<ReturnType<typeof serve>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    site = await serve({ directory: dist });
    browser = await launchChromium({ backend: 'wasm' });
    await browser.context.addInitScript(watch);
  });
  afterEach(async () => {
    await page?.close();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    expect(errors).toEqual([]);
  });

  test('without JavaScript: it says what to do, and nothing else', async () => {
    page = await browser.context.newPage();
    const devtools = await browser.context.newCDPSession(page);
    await devtools.send('Emulation.setScriptExecutionDisabled', { value: true });
    await page.goto(site.url);
    const { root } = await devtools.send('DOM.getDocument');
    const textOf = async (selector: string) => {
      const { nodeId } = await devtools.send('DOM.querySelector', { nodeId: root.nodeId, selector });
      return (await devtools.send('DOM.getOuterHTML', { nodeId })).outerHTML;
    };
    const sizeOf = async (selector: string) => {
      const { nodeId } = await devtools.send('DOM.querySelector', { nodeId: root.nodeId, selector });
      return devtools.send('DOM.getBoxModel', { nodeId }).then(
        ({ model }) => model.width * model.height,
        () => 0,
      );
    };
    expect(await textOf('noscript')).toMatch(/needs JavaScript.*npx autodrag edit/s);
    expect(await sizeOf('noscript p')).toBeGreaterThan(1000);
    expect(await sizeOf('.late')).toBe(0); // that the program does not load is no news there
  });

  test.each([2, 3])(
    'on a screen of %i pixels a pixel, the picture is as sharp, and a handle is where it was put',
    async (ratio) => {
      page = await openPage(browser.context, 'about:blank', { errors });
      const devtools = await browser.context.newCDPSession(page);
      const metrics = { width: 900, height: 700, deviceScaleFactor: ratio, mobile: false };
      await devtools.send('Emulation.setDeviceMetricsOverride', metrics);
      await page.goto(`${site.url}/?seed=7`);
      const user = drive(page);
      await user.settled(false);
      const { canvas, stage } = await page.evaluate(() => {
        const root = document.querySelector('autodrag-editor')!.shadowRoot!;
        const { width, height } = root.querySelector('canvas.picture') as HTMLCanvasElement;
        const { clientWidth, clientHeight } = root.querySelector('.stage')!;
        return { canvas: { width, height }, stage: { width: clientWidth, height: clientHeight } };
      });
      expect(canvas).toEqual({ width: stage.width * ratio, height: stage.height * ratio });

      await user.press(77, 79);
      await user.moveTo(67, 84);
      const gesture = await user.editor(({ state }) => state.gesture as { handle?: { x: number; y: number } });
      const pressed = await user.at(77, 79);
      expect(gesture.handle!.x).toBeCloseTo(pressed.x, 0);
      expect(gesture.handle!.y).toBeCloseTo(pressed.y, 0);
      const [handle, asked] = [page.locator('autodrag-editor .point[data-kind=handle]'), await user.place(77, 79)];
      const box = (await handle.boundingBox())!;
      expect(Math.abs(box.x + box.width / 2 - asked.x)).toBeLessThan(1);
      expect(Math.abs(box.y + box.height / 2 - asked.y)).toBeLessThan(1);
      await page.keyboard.press('Escape');
      await page.mouse.up();
    },
  );

  test.each([
    [1280, 800],
    [390, 844],
  ])('nothing jumps, from the first byte to an edit and back, at %i × %i', async (width, height) => {
    page = await openPage(browser.context, `${site.url}/?seed=7`, { errors, width, height });
    const user = drive(page);
    await user.settled();
    await user.pull([77, 79], [67, 84]);
    await user.settled();
    for (const key of ['b', 'e', 'a', 'v', '+', '+', '-', '0', 'Control+z', 'Control+Shift+z']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(100); // each is drawn
    }
    await page.waitForTimeout(300);
    const { shifts } = await watched(page);
    const moved = (asked: boolean) =>
      shifts.filter((shift) => shift.asked === asked).reduce((sum, { value }) => sum + value, 0);
    // what Web Vitals call good is 0.1 for all of a visit
    expect(moved(false)).toBeLessThan(0.002);
    // nor do points, the brush's settings or a second line of the status push anything away
    expect(moved(true)).toBeLessThan(0.002);
  });

  test('keys are heard before anything has the focus, unless they are meant for something else', async () => {
    page = await openPage(browser.context, `${site.url}/?seed=7`, { errors });
    const user = drive(page);
    await user.settled();
    const before = await user.picture();
    await user.pull([77, 79], [67, 84]);
    await user.settled();
    await page.waitForTimeout(500); // it is kept
    await page.reload();
    await user.settled();
    expect(await page.evaluate(() => document.activeElement?.localName)).toBe('body');
    await page.keyboard.press('Control+z');
    expect(await user.picture()).toEqual(before);
    await page.keyboard.press('b');
    expect(await user.editor(({ state }) => state.tool)).toBe('mask');
    // a field of the page's own
    await page.evaluate(() => document.body.prepend(document.createElement('input')));
    await page.locator('body > input').focus();
    await page.keyboard.press('v');
    expect(await user.editor(({ state }) => state.tool)).toBe('mask');
    expect(await page.locator('body > input').inputValue()).toBe('v');
    // one of two editors
    await page.evaluate(() => {
      document.querySelector('body > input')?.remove();
      document.body.append(document.createElement('autodrag-editor'));
    });
    await page.keyboard.press('v');
    expect(await user.editor(({ state }) => state.tool)).toBe('mask');
    await page.evaluate(() => document.querySelector('body > autodrag-editor')?.remove());
    await page.keyboard.press('v');
    expect(await user.editor(({ state }) => state.tool)).toBe('drag');
  });

  test.each([
    [1280, 800],
    [390, 844],
  ])('zoom is shown, and had by buttons and keys, at %i × %i', async (width, height) => {
    page = await openPage(browser.context, `${site.url}/?seed=7`, { errors, width, height });
    const user = drive(page);
    await user.settled(false);
    const percent = page.getByRole('status', { name: 'Zoom' });
    const shown = () => percent.textContent();
    expect(await percent.isVisible()).toBe(true);
    expect(await shown()).toBe('100%');
    const [closer, farther, whole] = ['Closer (+)', 'Farther (−)', 'Whole picture (0)'].map((name) =>
      page.getByRole('button', { name }),
    ) as [Locator, Locator, Locator];
    expect(await farther.getAttribute('aria-disabled')).toBe('true');
    await closer.click();
    await closer.click();
    await expect.poll(shown).toBe('225%');
    await farther.click();
    await expect.poll(shown).toBe('150%');
    await whole.click();
    await expect.poll(shown).toBe('100%');
    for (const [key, text] of [
      ['+', '150%'],
      ['+', '225%'],
      ['-', '150%'],
      ['0', '100%'],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(shown).toBe(text);
    }
    for (let i = 0; i < 9; i++) await page.keyboard.press('+');
    await expect.poll(shown).toBe('1600%');
    expect(await closer.getAttribute('aria-disabled')).toBe('true');
  });

  test('the slider of before and after is where the two pictures meet, also of a part of the picture', async () => {
    page = await openPage(browser.context, `${site.url}/?seed=7`, { errors });
    const user = drive(page);
    await user.settled(false);
    await page.getByRole('button', { name: 'Before and after' }).click();
    const slider = page.getByRole('slider', { name: 'Before and after' });
    const ends = async () => {
      const box = (await slider.boundingBox())!;
      return { left: box.x + 8, right: box.x + box.width - 8 };
    };
    const [left, right] = [await user.place(-0.5, 64), await user.place(127.5, 64)];
    await expect.poll(async () => Math.abs((await ends()).left - left.x)).toBeLessThan(1);
    expect(Math.abs((await ends()).right - right.x)).toBeLessThan(1);
    const stage = (await page.locator('autodrag-editor .stage').boundingBox())!;
    for (let i = 0; i < 3; i++) await page.keyboard.press('+');
    await expect.poll(async () => Math.abs((await ends()).left - stage.x)).toBeLessThan(1);
    expect(Math.abs((await ends()).right - (stage.x + stage.width))).toBeLessThan(1);
    await slider.focus();
    await page.keyboard.press('End');
    const split = await user.editor(({ state }) => state.split);
    expect(Math.abs((await user.place(split * 128 - 0.5, 64)).x - (stage.x + stage.width))).toBeLessThan(1);
  });

  test.each(['reduce', 'no-preference'] as const)(
    'a motion is shown only to who wants it: %s',
    async (reducedMotion) => {
      page = await browser.context.newPage();
      await page.emulateMedia({ reducedMotion });
      await page.goto(`${site.url}/?seed=7`);
      const user = drive(page);
      await user.settled();
      await user.pull([77, 79], [67, 84]);
      await user.says('Moved');
      await user.settled();
      const transitions = await page.evaluate(() => {
        const root = (document.querySelector('autodrag-editor') as AutodragEditor).shadowRoot!;
        return getComputedStyle(root.querySelector('input[role=switch]')!).transitionDuration;
      });
      const { renders } = await watched(page);
      if (reducedMotion === 'reduce') {
        expect(renders).toBe(0);
        expect(transitions).toBe('0s');
      } else {
        expect(renders).toBeGreaterThan(0);
        expect(transitions).not.toBe('0s');
      }
    },
  );

  test('taken out of the page while it loads or drags, and put back: it goes on, with one worker', async () => {
    page = await browser.context.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${site.url}/?seed=7`);
    const user = drive(page);
    const takeOut = () => page.evaluate(() => document.querySelector('autodrag-editor')!.remove());
    const putBack = () =>
      page.evaluate(() => document.querySelector('main')!.append((globalThis as never as { kept: Element }).kept));
    await page.evaluate(() => Object.assign(globalThis, { kept: document.querySelector('autodrag-editor') }));
    await takeOut();
    await page.waitForTimeout(100);
    await putBack();
    await user.settled();
    const before = await user.picture();
    await user.pull([77, 79], [67, 84]);
    expect(await user.phase()).toBe('working');
    await takeOut();
    await page.waitForTimeout(100);
    await putBack();
    await user.settled();
    expect(await user.editor(({ state }) => state.problem)).toBeNull();
    expect(await user.picture()).toEqual(before);
    await expect.poll(() => page.workers().length, { timeout: 20_000 }).toBe(1); // one that computes ends within seconds
    await user.pull([77, 79], [67, 84]);
    await user.says('Moved');
  });
});
