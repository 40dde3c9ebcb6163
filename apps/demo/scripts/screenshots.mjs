// Makes the pictures of the page: docs/editor.png, docs/editor-dark.png, docs/editor-phone.png and the og picture,
// after `npm run build -w @autodrag/demo`.
//   node apps/demo/scripts/screenshots.mjs [FOLDER]   also writes every size and colour scheme, and the panel's parts,
//   into FOLDER, to be looked at
import { mkdirSync } from 'node:fs';
import sharp from 'sharp';
import { openDemo, path } from './open-demo.mjs';

const sizes = { phone: [390, 844], desk: [1280, 800], wide: [1920, 1080], og: [1200, 630] };
const kept = {
  'desk-light': '../../../docs/editor.png',
  'desk-dark': '../../../docs/editor-dark.png',
  'phone-dark': '../../../docs/editor-phone.png',
  'og-dark': '../public/og.png',
};
const folder = process.argv[2];
if (folder) mkdirSync(folder, { recursive: true });
const { page, until, settled, place, close } = await openDemo({ width: 1280, height: 800 });
try {
  // in the middle of a pull, with the picture that follows it
  await page.mouse.move(...(await place(74, 71)));
  await page.mouse.down();
  await page.mouse.move(...(await place(64, 76)), { steps: 4 });
  await until(() => document.querySelector('autodrag-editor').state.preview);
  for (const [name, [width, height]] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.waitForTimeout(500);
      const picture = await page.screenshot();
      const target = kept[`${name}-${colorScheme}`];
      // with a palette: a third of the size
      if (target) await sharp(picture).png({ palette: true, quality: 92, effort: 8 }).toFile(path(target));
      if (folder) await sharp(picture).toFile(`${folder}/${name}-${colorScheme}.png`);
    }
  }
  if (folder) await showPanel();
} finally {
  await close();
}

/** The parts that are closed at first, one after the other. */
async function showPanel() {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.mouse.up();
  await settled();
  for (const part of ['Save and share', 'Model', 'How it works']) {
    const summary = page.locator('autodrag-editor summary', { hasText: new RegExp(`^${part}$`) });
    await page.locator('autodrag-editor summary', { hasText: 'Other faces' }).evaluate((element) => {
      for (const details of element.getRootNode().querySelectorAll('details')) details.open = false;
    });
    await summary.click();
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${folder}/part-${part.toLowerCase().replaceAll(' ', '-')}.png` });
  }
  await page.getByRole('button', { name: /^Brush/ }).click();
  await page.mouse.move(...(await place(60, 82)));
  await page.mouse.down();
  await page.mouse.move(...(await place(85, 82)), { steps: 4 });
  await page.mouse.up();
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${folder}/part-brush.png` });
}
