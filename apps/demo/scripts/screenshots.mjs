// Makes the pictures of the page: docs/editor.png, docs/editor-phone.png and the og picture, after `npm run build -w
// @autodrag/demo`.
//   node apps/demo/scripts/screenshots.mjs [FOLDER]   also writes every size and colour scheme into FOLDER, to be
//   looked at
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { launchChromium, serve } from '../../../scripts/browser/run-in-browser.mjs';

const path = (address) => fileURLToPath(new URL(address, import.meta.url));
const folder = process.argv[2];
const site = await serve({ directory: path('../dist') });
const browser = await launchChromium({ backend: 'wasm' });
try {
  const page = await browser.context.newPage();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${site.url}/?seed=7`);
  const settled = () =>
    page.waitForFunction(
      () => {
        const { state } = document.querySelector('autodrag-editor');
        return state.phase === 'ready' && state.info?.maxPoints > 0;
      },
      undefined,
      { timeout: 300_000 },
    );
  await settled();
  await page.waitForFunction(
    () => document.querySelector('autodrag-editor').shadowRoot.querySelectorAll('.strip canvas').length === 8,
    undefined,
    { timeout: 300_000 },
  );
  const pull = { handle: { x: 77, y: 79 }, target: { x: 62, y: 84 } };
  const send = (...events) =>
    page.evaluate((all) => {
      const editor = document.querySelector('autodrag-editor');
      for (const event of all) editor.send(event);
    }, events);
  // in the middle of a pull, with the picture that follows it
  await send({ type: 'down', at: pull.handle, pointer: 9, reach: 1 }, { type: 'move', at: pull.target, pointer: 9 });
  await page.waitForFunction(() => document.querySelector('autodrag-editor').state.preview, undefined, {
    timeout: 300_000,
  });
  const sizes = { phone: [390, 844], desk: [1280, 800], wide: [1920, 1080], og: [1200, 630] };
  for (const [name, [width, height]] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(400);
      const kept = {
        'desk light': '../../../docs/editor.png',
        'phone dark': '../../../docs/editor-phone.png',
        'og dark': '../public/og.png',
      };
      const target = kept[`${name} ${colorScheme}`];
      // with a palette: a third of the size
      if (target)
        await sharp(await page.screenshot())
          .png({ palette: true, quality: 92, effort: 8 })
          .toFile(path(target));
      if (folder) {
        mkdirSync(folder, { recursive: true });
        if (target) copyFileSync(path(target), `${folder}/${name}-${colorScheme}.png`);
        else await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` });
      }
    }
  }
} finally {
  await browser.close();
  await site.close();
}
