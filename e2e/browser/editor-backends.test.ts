import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, serve } from '../../scripts/browser/run-in-browser.mjs';
import { change, dist, drive, openPage, whySkipped } from './editor/drive.js';

/** The core of the editor on graphics processors, here one in software: what wasm has to pass, they have to pass. */
describe.skipIf(whySkipped())('the editor in Chromium', () => {
  let site: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    site = await serve({ directory: dist });
  });
  afterAll(() => site?.close());

  test.each(['webgl', 'webgpu'] as const)('drags, follows the pull, undoes and masks on %s', async (backend) => {
    const browser = await launchChromium({ backend });
    const errors: string[] = [];
    try {
      const page = await openPage(browser.context, `${site.url}/?seed=7&backend=${backend}`, { errors });
      const user = drive(page);
      await user.settled();
      const info = await user.editor(({ state }) => state.info!);
      // not every Chromium has WebGPU in workers; WebGL 2 every one has
      console.log(`editor: asked for ${backend}: ${info.backend}, ${info.device}`);
      if (backend === 'webgl') expect(info.backend).toBe('webgl');
      if (info.backend !== backend) return;

      const before = await user.picture();
      await user.press(77, 79);
      await user.moveTo(70, 82);
      await page.waitForFunction(
        () => (document.querySelector('autodrag-editor') as never as { state: { preview: unknown } }).state.preview,
        undefined,
        { timeout: 180_000 },
      );
      await user.moveTo(67, 84);
      await page.mouse.up();
      await user.settled();
      const after = await user.picture();
      expect(await user.status()).toMatch(/^Moved: 11\.\d px/);
      expect(change(before, after, { left: 57, right: 87, top: 70, bottom: 95 })).toBeGreaterThan(3);
      await page.keyboard.press('Control+z');
      expect(await user.picture()).toEqual(before);

      if (backend === 'webgpu') return; // its software renderer takes minutes for what follows
      await page.keyboard.press('b');
      await user.pull([62, 82], [82, 82]);
      await page.keyboard.press('v');
      await user.pull([77, 79], [70, 84]);
      await user.settled();
      const painted = { left: 48, right: 96, top: 68, bottom: 96 };
      expect(change(before, await user.picture(), painted, true)).toBeLessThan(1);
      expect(change(before, await user.picture(), painted)).toBeGreaterThan(0.5);
      await page.reload();
      await user.settled();
      expect(await user.steps()).toBeGreaterThan(1);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
