import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AutodragEditor } from '@autodrag/editor';
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, serve, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';

const dist = fileURLToPath(new URL('../../apps/demo/dist', import.meta.url));
const strict = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; require-trusted-types-for 'script'; trusted-types default",
};

/** Drives the page as a person would: by pointer and keyboard. */
function drive(page: Page) {
  const editor = <T>(work: (editor: AutodragEditor) => T) =>
    page.evaluate(`(${work.toString()})(document.querySelector('autodrag-editor'))`) as Promise<T>;
  const settled = () =>
    page.waitForFunction(
      () => {
        const { state } = document.querySelector('autodrag-editor') as AutodragEditor;
        return state.phase === 'ready' && (state.info?.maxPoints ?? 0) > 0;
      },
      undefined,
      { timeout: 180_000 },
    );
  /** On the screen, of a pixel of the picture. */
  const place = async (x: number, y: number) => {
    const box = (await page.locator('autodrag-editor .stage').boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    const { info, view } = await editor(({ state: { info, view } }) => ({ info, view }));
    const scale = Math.min(box.width / info!.width, box.height / info!.height) * 0.96 * view.zoom;
    return { x: box.x + box.width / 2 + (x - view.x) * scale, y: box.y + box.height / 2 + (y - view.y) * scale };
  };
  const press = async (x: number, y: number) => {
    const at = await place(x, y);
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
  };
  const moveTo = async (x: number, y: number, steps = 6) => {
    const at = await place(x, y);
    await page.mouse.move(at.x, at.y, { steps });
  };
  return {
    editor,
    settled,
    place,
    press,
    moveTo,
    pull: async (from: [number, number], to: [number, number]) => {
      await press(...from);
      await moveTo(...to);
      await page.mouse.up();
    },
    picture: () => editor(({ state }) => Array.from(state.document!.frame.picture.data)),
    points: () => editor(({ state }) => state.document!.points),
    status: () => editor(({ state }) => state.status),
  };
}

type Box = { left: number; right: number; top: number; bottom: number };
/** Mean absolute change of the colours within a box, or outside of it. */
function change(a: number[], b: number[], { left, right, top, bottom }: Box, outside = false): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(i >> 2) % 128, Math.floor((i >> 2) / 128)];
    const within = x >= left && x <= right && y >= top && y <= bottom;
    if (i % 4 === 3 || within === outside) continue;
    sum += Math.abs(a[i]! - b[i]!);
    count++;
  }
  return sum / count;
}

describe.skipIf(whyNoBrowser() ?? (!existsSync(dist) && 'the demo is not built'))(
  'the editor in Chromium, on wasm',
  () => {
    let site: Awaited<ReturnType<typeof serve>>;
    let browser: Awaited<ReturnType<typeof launchChromium>>;
    let page: Page;
    let user: ReturnType<typeof drive>;
    const errors: string[] = [];

    const open = async (context: BrowserContext, address: string) => {
      const tab = await context.newPage();
      tab.on('pageerror', (error) => errors.push(error.message));
      await tab.setViewportSize({ width: 1280, height: 800 });
      await tab.goto(address);
      return tab;
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
        const seen = { previews: new Set<unknown>(), long: [] as number[] };
        Object.assign(globalThis, { seen });
        document.querySelector('autodrag-editor')?.addEventListener('autodrag-change', (event) => {
          const { preview } = (event as CustomEvent).detail;
          if (preview) seen.previews.add(preview);
        });
        new PerformanceObserver((list) => seen.long.push(...list.getEntries().map(({ duration }) => duration))).observe(
          { type: 'longtask' },
        );
      });
      await user.press(77, 79);
      for (let i = 1; i <= 20; i++) {
        await user.moveTo(77 - i / 2, 79 + i / 4, 1);
        await page.waitForTimeout(100);
      }
      await page.waitForFunction(
        () => (globalThis as never as { seen: { previews: Set<unknown> } }).seen.previews.size > 1,
      );
      await page.mouse.up();
      await user.settled();
      const seen = await page.evaluate(() => {
        const { previews, long } = (globalThis as never as { seen: { previews: Set<unknown>; long: number[] } }).seen;
        return { previews: previews.size, long };
      });
      expect(seen.previews).toBeGreaterThan(1);
      const after = await user.picture();
      expect(change(before, after, { left: 57, right: 87, top: 70, bottom: 95 })).toBeGreaterThan(3);
      const status = await user.status();
      expect(status).toMatch(/^Moved: 11\.\d px/);
      // a page that computed itself would be blocked for as long as a call of the predictor takes. No clock is trusted
      // here, only their ratio
      const [, calls, time, unit] = /\((\d) calls?, ([\d.]+) (ms|s)\)/.exec(status) ?? [];
      const call = (Number(time) * (unit === 's' ? 1000 : 1)) / Number(calls);
      expect(Math.max(0, ...seen.long)).toBeLessThan(call / 2);
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
      await page.goto(`${site.url}/`);
      await user.settled();
      expect(await user.picture()).toEqual(edited);
      expect(await user.editor(({ state }) => state.past.length)).toBeGreaterThan(0);

      const fresh = await launchChromium({ backend: 'wasm' });
      try {
        const tab = await open(fresh.context, link);
        const other = drive(tab);
        await other.settled();
        expect(await other.picture()).toEqual(edited);
        expect(await other.editor(({ state }) => state.past.length)).toBe(0);
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

    test('several points are moved, nudged and deleted, each by itself; the keyboard can do it all', async () => {
      await page.getByLabel('Drag when a point is let go').uncheck();
      await user.pull([40, 40], [50, 40]);
      await user.pull([80, 90], [80, 100]);
      expect(await user.points()).toHaveLength(2);
      await user.pull([50, 40], [60, 50]);
      const moved = await user.points();
      expect(moved).toHaveLength(2);
      expect(moved[0]?.target.x).toBeCloseTo(60, 0);
      await page.getByRole('button', { name: /^Target 2/ }).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Shift+ArrowDown');
      expect((await user.points())[1]?.target.x).toBeCloseTo(81, 0);
      expect((await user.points())[1]?.target.y).toBeCloseTo(108, 0);
      await page.keyboard.press('Delete');
      expect(await user.points()).toHaveLength(1);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      expect(await user.points()).toHaveLength(0);
      await page.locator('autodrag-editor .stage').focus();
      for (const key of ['Enter', 'ArrowLeft', 'Enter', 'Shift+ArrowDown', 'Enter']) await page.keyboard.press(key);
      expect(await user.points()).toMatchObject([{ handle: { x: 63, y: 64 }, target: { x: 63, y: 72 } }]);
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
      await user.pull([62, 82], [82, 82]);
      await page.keyboard.press('v');
      await user.pull([77, 79], [70, 84]);
      await user.settled();
      const after = await user.picture();
      expect(change(before, after, painted, true)).toBeLessThan(1);
      expect(change(before, after, { left: 62, right: 82, top: 74, bottom: 90 })).toBeGreaterThan(1);
      // the model itself was told, and says how near it came
      const [, held] = /the model changed ([\d.]+) of 255/.exec(await user.status()) ?? [];
      expect(Number(held)).toBeLessThan(free * 0.8);
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
      const { handle } = await user.editor(
        ({ state }) => state.gesture as never as { handle: { x: number; y: number } },
      );
      expect(handle.x).toBeCloseTo(70, 0);
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
        await page.getByText('Save and share').click();
        const png = await sharp(await save('PNG'))
          .ensureAlpha()
          .raw()
          .toBuffer();
        expect(Array.from(png)).toEqual(picture);
        const gif = await sharp(await save('GIF'), { animated: true }).metadata();
        expect(gif.pages).toBeGreaterThan(4);
        expect(gif.width).toBe(384);
        const video = await save('MP4');
        const probe = JSON.parse(
          execFileSync('ffprobe', ['-v', 'error', '-show_streams', '-count_frames', '-of', 'json', video], {
            encoding: 'utf8',
          }),
        );
        expect(probe.streams[0]).toMatchObject({ codec_type: 'video', width: 384, height: 384 });
        expect(Number(probe.streams[0].nb_read_frames)).toBe(gif.pages);
        for (const name of ['Code', 'Code (JSON)']) {
          const code = await save(name);
          await page.getByRole('button', { name: 'New face' }).click();
          await user.settled();
          expect(await user.picture()).not.toEqual(picture);
          await page.getByLabel('Open code…').setInputFiles(code);
          await page.waitForFunction(
            (n) => (document.querySelector('autodrag-editor') as AutodragEditor).state.past.length > n,
            await user.editor(({ state }) => state.past.length),
          );
          expect(await user.picture()).toEqual(picture);
          expect(readFileSync(code).length).toBeGreaterThan(6000);
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test('axe finds nothing, light and dark', async () => {
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
    });

    test.each([
      ['isolated, with threads', { isolated: true }],
      ['under a strict Content-Security-Policy and Trusted Types', { headers: strict }],
    ])('loads and drags %s', async (_, options) => {
      const other = await serve({ directory: dist, ...options });
      const tab = await open(browser.context, `${other.url}/`);
      try {
        const one = drive(tab);
        await one.settled();
        const before = await one.picture();
        await one.pull([77, 79], [67, 84]);
        await one.settled();
        expect(await one.picture()).not.toEqual(before);
        const threads = await one.editor(({ state }) => state.info?.threads);
        if ('isolated' in options) expect(threads).toBeGreaterThan(1);
      } finally {
        await tab.close();
        await other.close();
      }
    });
  },
);
