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

  test.for(['webgl', 'webgpu'] as const)(
    '%s: the picture follows a pull, is dragged, and comes back',
    { timeout: 2_400_000 }, // a drag on WebGPU takes its software a minute, and many beside other work
    async (backend, { skip }) => {
      const browser = await launchChromium({ backend });
      const errors: string[] = [];
      try {
        const page = await openPage(browser.context, 'about:blank', { errors });
        await page.emulateMedia({ reducedMotion: 'reduce' }); // a motion in software takes as long as the drag
        await page.goto(`${site.url}/?seed=7&backend=${backend}`);
        const user = drive(page, { patience: 600_000 });
        await user.settled();
        const info = await user.editor(({ state }) => state.info!);
        // not every Chromium has WebGPU in workers; WebGL 2 every one has
        if (backend === 'webgpu' && info.backend !== 'webgpu')
          skip(`no WebGPU in a worker here: ${info.backend}, ${info.device}`);
        expect(info.backend).toBe(backend);
        const before = await user.picture();
        expect(new Set(before).size).toBeGreaterThan(100);

        await user.press(77, 79);
        await user.moveTo(70, 82);
        await user.moveTo(67, 84);
        await user.previewed();
        await page.mouse.up();
        await user.settled();
        const after = await user.picture();
        const [, from, to] =
          /^Moved: ([\d.]+) px from the target before, ([\d.]+) px now/.exec(await user.status()) ?? [];
        expect(Number(to)).toBeLessThan(Number(from) / 3);
        expect(change(before, after, { left: 57, right: 87, top: 70, bottom: 95 })).toBeGreaterThan(3);
        await page.keyboard.press('Control+z');
        expect(await user.picture()).toEqual(before);
        await page.keyboard.press('Control+Shift+z');
        expect(await user.picture()).toEqual(after);
        expect(errors).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
});
