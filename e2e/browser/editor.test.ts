import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AutodragEditor } from '@autodrag/editor';
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, serve } from '../../scripts/browser/run-in-browser.mjs';
import { decodeAnimation, decodeVideo, enlarge, meanDifference } from './editor/decode.js';
import { beforeWorkers, change, type Driver, dist, drive, openPage, whySkipped } from './editor/drive.js';
import { longestTask } from './editor/main-thread.js';

const strict = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; require-trusted-types-for 'script'; trusted-types default",
};

const fourCores = "Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 });";

describe.skipIf(whySkipped())('the editor in Chromium, on wasm', () => {
  let site: Awaited<ReturnType<typeof serve>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let page: Page;
  let user: Driver;
  const errors: string[] = [];

  const open = (context: BrowserContext, address: string) => openPage(context, address, { errors });

  /** What the stage shows, as an address of data. */
  const shownOnCanvas = () =>
    page.evaluate(
      () =>
        new Promise<string>((done) =>
          requestAnimationFrame(() =>
            requestAnimationFrame(() => {
              const root = document.querySelector('autodrag-editor')!.shadowRoot!;
              done((root.querySelector('canvas.picture') as HTMLCanvasElement).toDataURL());
            }),
          ),
        ),
    );

  const unfold = async (title: string) => {
    const summary = page.locator('autodrag-editor summary', { hasText: title });
    if (!(await summary.evaluate(({ parentElement }) => (parentElement as HTMLDetailsElement).open)))
      await summary.click();
  };

  beforeAll(async () => {
    site = await serve({ directory: dist });
    browser = await launchChromium({ backend: 'wasm' });
    page = await open(browser.context, `${site.url}/?seed=7`);
    user = drive(page);
    await user.settled();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    expect(errors).toEqual([]);
  });

  test('the picture follows the pull, the page stays free, the drag changes it there, undo restores every pixel', async () => {
    const before = await user.picture();
    await page.evaluate(() => {
      const previews = new Set<unknown>();
      Object.assign(globalThis, { previews });
      document.querySelector('autodrag-editor')?.addEventListener('autodrag-change', (event) => {
        const { preview } = (event as CustomEvent).detail;
        if (preview) previews.add(preview);
      });
    });
    const previews = () => page.evaluate(() => (globalThis as never as { previews: Set<unknown> }).previews.size);
    const held = await longestTask(page, async () => {
      await user.press(77, 79);
      for (let i = 1; i <= 20; i++) {
        await user.moveTo(77 - i / 2, 79 + i / 4, 1);
        await page.waitForTimeout(100);
      }
      await expect.poll(previews, { timeout: 60_000 }).toBeGreaterThan(1);
      await page.mouse.up();
      await user.settled();
    });
    expect(held).toBeLessThan(50);
    const after = await user.picture();
    expect(change(before, after, { left: 57, right: 87, top: 70, bottom: 95 })).toBeGreaterThan(3);
    const status = await user.status();
    const [, way] = /^Moved: ([\d.]+) px/.exec(status) ?? [];
    expect(Number(way) / (await user.unit())).toBeCloseTo(Math.hypot(10, 5), 0);
    await page.keyboard.press('Control+z');
    expect(await user.picture()).toEqual(before);
    await page.keyboard.press('Control+Shift+z');
    expect(await user.picture()).toEqual(after);
  });

  test('a reload restores picture and history; the link opens the same picture in a fresh profile', async () => {
    const edited = await user.picture();
    await page.waitForFunction(() => location.hash.includes('edit='));
    await page.waitForTimeout(500);
    const link = page.url();
    const steps = await user.steps();
    // with the picture in the address, and without
    for (const again of [() => page.reload(), () => page.goto(`${site.url}/`)]) {
      await again();
      await user.settled();
      expect(await user.picture()).toEqual(edited);
      expect(await user.steps()).toBe(steps);
    }
    expect(steps).toBeGreaterThan(0);
    await page.waitForFunction(() => location.hash.includes('edit='));

    const fresh = await launchChromium({ backend: 'wasm' });
    try {
      const tab = await open(fresh.context, link);
      const other = drive(tab);
      await other.settled();
      expect(await other.picture()).toEqual(edited);
      expect(await other.editor(({ state }) => state.past.length)).toBe(0);
      // a link that is opened where something else was edited is one step more, and takes nothing away
      await tab.goto(`${site.url}/?seed=9`);
      await other.settled();
      expect(new URL(tab.url()).search).toBe(''); // and the address says what is shown
      expect(new URL(tab.url()).hash).toBe('#seed=9');
      expect(await other.editor(({ state }) => state.document?.origin.seed)).toBe(9);
      await tab.locator('autodrag-editor .stage').focus();
      await tab.keyboard.press('Control+z');
      expect(await other.steps()).toBe(0);
      expect(await other.picture()).toEqual(edited);
    } finally {
      await fresh.close();
    }
  });

  test('Escape stops a drag at once, and the focus is never lost', async () => {
    const before = await user.picture();
    const steps = await user.editor(({ state }) => state.past.length);
    await user.pull([45, 60], [52, 60]);
    expect(await user.editor(({ state }) => state.phase)).toBe('working');
    await page.keyboard.press('Escape');
    expect(await user.editor(({ state }) => state.phase)).toBe('ready');
    expect(await user.status()).toBe('Stopped.');
    await page.waitForTimeout(1500);
    expect(await user.picture()).toEqual(before);
    expect(await user.editor(({ state }) => state.past.length)).toBe(steps);
    const undo = page.locator('autodrag-editor').getByRole('button', { name: 'Undo' });
    while ((await user.editor(({ state }) => state.past.length)) > 0) await undo.click();
    expect(await page.evaluate(() => document.activeElement?.localName)).toBe('autodrag-editor');
    expect(await undo.getAttribute('aria-disabled')).toBe('true');
  });

  test('the focus is never lost, whatever it was on', async () => {
    const focused = () =>
      page.evaluate(() => document.querySelector('autodrag-editor')!.shadowRoot!.activeElement?.className ?? null);
    const stage = page.locator('autodrag-editor .stage');
    const points = page.locator('autodrag-editor .point');
    const place = async () => {
      await page.getByLabel('Drag when a point is let go').uncheck();
      await user.pull([40, 40], [50, 40]);
    };
    // a point that is undone, one that is cleared, one that is deleted
    for (const key of ['Control+z', 'Escape', 'Delete']) {
      await place();
      await points.first().focus();
      if (key === 'Escape') await page.keyboard.press(key); // the first one lets go of the point
      await page.keyboard.press(key);
      await expect.poll(() => points.count()).toBe(0);
      await expect.poll(focused, { message: key }).toContain('stage');
    }
    await page.getByLabel('Drag when a point is let go').check();
    // settings of the brush that leave with it
    await stage.focus();
    await page.keyboard.press('b');
    await page.getByLabel('Size of the brush').focus();
    await page.keyboard.press('v');
    await expect.poll(focused).toContain('stage');
    // every button there is, pressed by the keyboard
    const buttons = page.locator('autodrag-editor button:visible:not([aria-disabled=true])');
    const names = await buttons.evaluateAll((all) =>
      all.map((one) => one.getAttribute('aria-label') ?? one.textContent),
    );
    expect(names.length).toBeGreaterThan(12);
    for (const name of names) {
      const button = page
        .locator('autodrag-editor')
        .getByRole('button', { name: name as string, exact: true })
        .first();
      await button.focus();
      await page.keyboard.press('Enter');
      await user.settled(false);
      expect(await focused(), name as string).not.toBeNull();
    }
    await page.keyboard.press('v');
    while ((await user.steps()) > 0) await page.keyboard.press('Control+z');
    await user.editor((editor) => editor.send({ type: 'compare', compare: 'off' }));
    await user.editor((editor) => editor.send({ type: 'fit' }));
  });

  test('Escape ends the motion that is shown after a drag, and the next pull is on its last picture', async () => {
    const steps = await user.steps();
    await user.pull([77, 79], [67, 84]);
    await page.waitForFunction(
      () => (document.querySelector('autodrag-editor') as AutodragEditor).state.phase === 'playing',
      undefined,
      { timeout: 60_000 },
    );
    await page.keyboard.press('Escape');
    expect(await user.phase()).toBe('ready');
    expect(await user.steps()).toBe(steps + 1);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Replay the motion' }).click();
    expect(await user.phase()).toBe('playing');
    const last = await user.picture();
    await user.press(60, 60);
    expect(await user.phase()).toBe('ready');
    expect(await user.picture()).toEqual(last);
    await page.keyboard.press('Escape');
    await page.mouse.up();
  });

  test('before and after: held, and by a slider', async () => {
    const after = await shownOnCanvas();
    const hold = page.getByRole('button', { name: 'Hold to see the picture before' });
    await hold.hover();
    await page.mouse.down();
    await expect.poll(shownOnCanvas).not.toBe(after);
    const before = await shownOnCanvas();
    await page.mouse.up();
    await expect.poll(shownOnCanvas).toBe(after);
    await hold.focus();
    await page.keyboard.down('Enter');
    await expect.poll(shownOnCanvas).toBe(before);
    await page.keyboard.up('Enter');
    await expect.poll(shownOnCanvas).toBe(after);
    await page.getByRole('button', { name: 'Before and after' }).click();
    const slider = page.getByRole('slider', { name: 'Before and after' });
    await slider.focus();
    await page.keyboard.press('End');
    await expect.poll(() => user.editor(({ state }) => state.split)).toBe(1);
    await page.keyboard.press('Home');
    await expect.poll(() => user.editor(({ state }) => state.split)).toBe(0);
    await page.getByRole('button', { name: 'Before and after' }).click();
    await page.keyboard.press('Control+z');
  });

  test('faces: a bad seed is said and stays to be mended; strip, variety and mixing; nothing is lost by a new one', async () => {
    const seed = page.getByLabel('Seed', { exact: true });
    const before = await user.picture();
    const steps = await user.steps();
    for (const bad of ['-1', '1.5', '4294967296', '1e3', '']) {
      await seed.fill(bad);
      await seed.press('Enter');
      expect(await user.status()).toBe('A seed is a whole number from 0 to 4294967295.');
      expect(await seed.inputValue()).toBe(bad);
      expect(await user.steps()).toBe(steps);
    }
    await seed.fill('4294967295');
    await seed.press('Enter');
    await user.settled();
    expect(await user.editor(({ state }) => state.document?.origin.seed)).toBe(4294967295);
    await page.waitForFunction(() => location.hash === '#seed=4294967295');
    const strip = page.getByRole('group', { name: 'Other faces' }).getByRole('button');
    await expect.poll(() => strip.count(), { timeout: 60_000 }).toBe(8);
    await expect.poll(() => strip.first().getAttribute('aria-disabled'), { timeout: 60_000 }).toBeNull();
    const name = await strip.first().getAttribute('aria-label');
    await strip.first().click();
    await user.settled();
    expect(`Face ${await user.editor(({ state }) => state.document?.origin.seed)}`).toBe(name);
    const plain = await user.picture();
    await page.getByLabel('Colours of another seed').check();
    await user.settled();
    const mixed = await user.picture();
    expect(mixed).not.toEqual(plain);
    const from = await user.editor(({ state }) => state.info!.numWs / 2);
    expect(await user.editor(({ state }) => state.document?.origin.mix)).toEqual({ seed: 3, from });
    await page.waitForFunction((hash) => location.hash.includes(hash), `mix=3%2C${from}`);
    await page.getByLabel('Variety (truncation)').fill('0');
    await user.settled();
    expect(await user.picture()).not.toEqual(mixed);
    while ((await user.steps()) > steps) await page.keyboard.press('Control+z');
    expect(await user.picture()).toEqual(before);
  });

  test('several points are moved, nudged and deleted, each by itself; the keyboard can do it all', async () => {
    await page.getByLabel('Drag when a point is let go').uncheck();
    await user.pull([40, 40], [50, 40]);
    await user.pull([80, 90], [80, 100]);
    expect(await user.points()).toHaveLength(2);
    await user.pull([50, 40], [60, 50]);
    const moved = await user.points();
    expect(moved).toHaveLength(2);
    expect(moved[0]?.target.x).toBeCloseTo((await user.at(60, 50)).x, 0);
    await page.getByRole('button', { name: /^Target 2/ }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowDown');
    const [target, sixteenth] = [await user.at(80, 100), 8 * (await user.unit())];
    expect((await user.points())[1]?.target.x).toBeCloseTo(target.x + 1, 0);
    expect((await user.points())[1]?.target.y).toBeCloseTo(target.y + sixteenth, 0);
    await page.keyboard.press('Delete');
    expect(await user.points()).toHaveLength(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await user.points()).toHaveLength(0);
    await page.locator('autodrag-editor .stage').focus();
    for (const key of ['Enter', 'ArrowLeft', 'Enter', 'Shift+ArrowDown', 'Enter']) await page.keyboard.press(key);
    const middle = Math.round((await user.at(63.5, 63.5)).x);
    const [x, y] = [middle - 1, middle];
    expect(await user.points()).toMatchObject([{ handle: { x, y }, target: { x, y: y + sixteenth } }]);
    await page.keyboard.press('Control+z');
    await page.getByLabel('Drag when a point is let go').check();
  });

  test('what the brush leaves out stays as it is', async () => {
    const before = await user.picture();
    const painted = { left: 48, right: 96, top: 68, bottom: 96 };
    await user.pull([77, 79], [70, 84]);
    await user.settled();
    const free = change(before, await user.picture(), painted, true);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('b');
    const held = await longestTask(page, async () => {
      await user.pull([62, 82], [82, 82]);
      await page.keyboard.press('v');
      await user.press(77, 79);
      await user.moveTo(70, 84);
      await user.previewed();
      await page.mouse.up();
      await user.settled();
    });
    expect(held).toBeLessThan(50);
    const after = await user.picture();
    expect(change(before, after, painted, true)).toBeLessThan(1);
    expect(change(before, after, { left: 62, right: 82, top: 74, bottom: 90 })).toBeGreaterThan(1);
    // the model itself was told, and says how near it came
    const [, changed] = /the model changed ([\d.]+) of 255/.exec(await user.status()) ?? [];
    expect(Number(changed)).toBeLessThan(free * 0.8);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    expect(await user.picture()).toEqual(before);
  });

  test('zooms and pans, and a pull is where it is seen', async () => {
    const at = await user.place(64, 64);
    await page.mouse.move(at.x, at.y);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    expect(await user.editor(({ state }) => state.view.zoom)).toBeGreaterThan(2);
    await user.press(70, 70);
    const { handle } = await user.editor(({ state }) => state.gesture as never as { handle: { x: number; y: number } });
    expect(handle.x).toBeCloseTo((await user.at(70, 70)).x, 0);
    await page.keyboard.press('Escape');
    await page.mouse.up();
    await page.keyboard.press('0');
    expect(await user.editor(({ state }) => state.view.zoom)).toBe(1);
  });

  test('files open with other readers: PNG, GIF, MP4, and the code in the editor itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'autodrag-files-'));
    const save = async (name: string) => {
      const [file] = await Promise.all([
        page.waitForEvent('download', { timeout: 120_000 }),
        page.getByRole('button', { name, exact: true }).click(),
      ]);
      const path = join(folder, file.suggestedFilename());
      await file.saveAs(path);
      return path;
    };
    try {
      await user.pull([77, 79], [67, 84]);
      await user.settled();
      const picture = await user.picture();
      await unfold('Save and share');
      const png = await sharp(await save('PNG'))
        .ensureAlpha()
        .raw()
        .toBuffer();
      expect(Array.from(png)).toEqual(picture);
      const gif = await decodeAnimation(await save('GIF'));
      const webp = await decodeAnimation(await save('WebP'));
      expect([gif.format, webp.format]).toEqual(['gif', 'webp']);
      expect(gif.frames.length).toBeGreaterThan(4);
      expect(webp.frames).toHaveLength(gif.frames.length);
      expect(webp).toMatchObject({ side: gif.side, loop: 0, delay: gif.delay });
      expect(gif.side).toBeGreaterThanOrEqual(384);
      for (const { side, frames } of [gif, webp]) {
        // the last one is the picture as it is now, the first one is not; colours of a palette, or a lossy coder's
        const now = await enlarge(picture, side);
        expect(meanDifference(frames.at(-1)!, now)).toBeLessThan(6);
        expect(meanDifference(frames[0]!, frames.at(-1)!)).toBeGreaterThan(1);
      }
      const video = await save('MP4');
      const played = await decodeVideo(page, video);
      expect(played).toMatchObject({ width: gif.side, height: gif.side, frames: gif.frames.length });
      expect(played.duration).toBeCloseTo(gif.delay!.reduce((sum, one) => sum + one, 0) / 1000, 1);
      expect(played.colours).toBeGreaterThan(1000);
      for (const name of ['Code', 'Code (JSON)']) {
        const code = await save(name);
        await page.getByRole('button', { name: 'New face' }).click();
        await user.settled();
        expect(await user.picture()).not.toEqual(picture);
        const steps = await user.steps();
        await page.getByLabel('Open code…').setInputFiles(code);
        await expect.poll(user.steps, { timeout: 30_000 }).toBe(steps + 1);
        expect(await user.picture()).toEqual(picture);
        const values = await user.editor(({ state: { info } }) => info!.numWs * info!.wDim);
        expect(readFileSync(code).length).toBeGreaterThan(4 * values);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('picture and link go to the clipboard, and to what the system shares with', async () => {
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const seed = await user.editor(({ state }) => state.document?.origin.seed);
    await unfold('Save and share');
    const picture = await user.picture();
    await page.getByRole('button', { name: 'Copy link' }).click();
    await user.says('The link is copied');
    const link = await page.evaluate(() => navigator.clipboard.readText());
    await page.waitForFunction((expected) => location.href === expected, link);
    await page.getByRole('button', { name: 'Copy picture' }).click();
    await user.says('The picture is copied');
    const copied = await page.evaluate(async () => {
      const [item] = await navigator.clipboard.read();
      const bitmap = await createImageBitmap(await item!.getType('image/png'));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      return Array.from(context.getImageData(0, 0, bitmap.width, bitmap.height).data);
    });
    expect(copied).toEqual(picture);
    // this browser shares with nothing: what it would get is looked at
    const tab = await browser.context.newPage();
    await tab.addInitScript(() => {
      const shared: unknown[] = [];
      Object.assign(globalThis, { shared });
      const share = async ({ url, files }: ShareData) => {
        shared.push({ url, files: files?.map(({ name, type, size }) => ({ name, type, large: size > 5000 })) });
      };
      Object.assign(Object.getPrototypeOf(navigator), { share, canShare: () => true });
    });
    await tab.goto(link);
    const other = drive(tab);
    await other.settled(false);
    await tab.getByText('Save and share').click();
    await tab.getByRole('button', { name: 'Share…' }).click();
    await tab.waitForFunction(() => (globalThis as never as { shared: unknown[] }).shared.length > 0);
    expect(await tab.evaluate(() => (globalThis as never as { shared: unknown }).shared)).toEqual([
      { url: link, files: [{ name: `face-${seed}.png`, type: 'image/png', large: true }] },
    ]);
    await tab.close();
  });

  test('methods run side by side from the same picture, and stop when they are asked to', async () => {
    await user.pull([77, 79], [67, 84]);
    await user.settled();
    await unfold('Methods side by side');
    await page.getByRole('button', { name: 'Race on the last drag' }).click();
    const lanes = page.locator('autodrag-editor .lane');
    await expect.poll(() => lanes.first().textContent(), { timeout: 60_000 }).toMatch(/autodrag.*px left/);
    expect(await lanes.count()).toBe(4);
    // a result can be looked at and taken while the others run: its button stays
    const first = page.getByRole('button', { name: 'Go on from the result of autodrag', exact: true });
    await first.focus();
    await expect.poll(() => lanes.nth(2).textContent(), { timeout: 60_000 }).toMatch(/\d s/);
    expect(await first.evaluate((one) => one === (one.getRootNode() as ShadowRoot).activeElement)).toBe(true);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect.poll(() => lanes.last().textContent()).not.toContain('px left');
    await first.click();
    await user.settled();
  });

  test.each([
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ])('axe finds nothing, light and dark, at $width × $height', async (size) => {
    const before = page.viewportSize()!;
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.addScriptTag({ content: axe.source });
      const found = await page.evaluate(async () => {
        const { violations } = await (
          globalThis as never as {
            axe: {
              run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
            };
          }
        ).axe.run();
        return violations.map(
          ({ id, nodes }) =>
            `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 120)} ${failureSummary}`).join('; ')}`,
        );
      });
      expect(found, colorScheme).toEqual([]);
    }
    await page.setViewportSize(before);
  });

  test.each([
    ['isolated, with threads', { isolated: true }],
    ['under a strict Content-Security-Policy and Trusted Types', { headers: strict }],
  ])('loads, drags and exports %s', async (_, options) => {
    const other = await serve({ directory: dist, ...options });
    const profile = await launchChromium({ backend: 'wasm' });
    // half of the cores compute: on a machine of two that is one thread
    if ('isolated' in options) await beforeWorkers(profile.context, fourCores);
    await profile.context.addInitScript(() => {
      const violations: string[] = [];
      Object.assign(globalThis, { violations });
      const hear = ({ violatedDirective, blockedURI }: SecurityPolicyViolationEvent) =>
        violations.push(`${violatedDirective}: ${blockedURI}`);
      addEventListener('securitypolicyviolation', hear);
    });
    const tab = await open(profile.context, `${other.url}/`);
    try {
      const one = drive(tab);
      await one.settled();
      const before = await one.picture();
      await one.pull([77, 79], [67, 84]);
      await one.settled();
      expect(await one.picture()).not.toEqual(before);
      // whatever is made of it, nothing of the page is against the policy
      await tab.locator('autodrag-editor summary', { hasText: 'Save and share' }).evaluate((summary) => {
        (summary.parentElement as HTMLDetailsElement).open = true;
      });
      for (const name of ['PNG', 'GIF', 'WebP', 'MP4', 'Code', 'Code (JSON)']) {
        const [file] = await Promise.all([
          tab.waitForEvent('download', { timeout: 120_000 }),
          tab.getByRole('button', { name, exact: true }).click(),
        ]);
        expect(await file.failure(), name).toBeNull();
      }
      expect(await tab.evaluate(() => (globalThis as never as { violations: string[] }).violations)).toEqual([]);
      expect(tab.workers().length).toBeGreaterThan(0); // the page does not have to compute by itself
      await tab.evaluate(() => navigator.serviceWorker.ready);
      const threads = await one.editor(({ state }) => state.info?.threads);
      if ('isolated' in options) expect(threads).toBeGreaterThan(1);
    } finally {
      await profile.close();
      await other.close();
    }
  });
});
