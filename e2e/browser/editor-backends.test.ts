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

  test.each(['webgl', 'webgpu'] as const)('starts on %s; on webgl it drags and undoes', async (backend) => {
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
      expect(new Set(await user.picture()).size).toBeGreaterThan(100);
      if (backend === 'webgpu') return; // its renderer in software takes minutes for a drag

      const before = await user.picture();
      await user.press(77, 79);
      await user.moveTo(70, 82);
      await user.moveTo(67, 84);
      await page.mouse.up();
      await user.settled();
      const after = await user.picture();
      const [, from, to] =
        /^Moved: ([\d.]+) px from the target before, ([\d.]+) px now/.exec(await user.status()) ?? [];
      expect(Number(to)).toBeLessThan(Number(from) / 3);
      expect(change(before, after, { left: 57, right: 87, top: 70, bottom: 95 })).toBeGreaterThan(3);
      await page.keyboard.press('Control+z');
      expect(await user.picture()).toEqual(before);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
