import { fileURLToPath } from 'node:url';
import { launchChromium, serve } from '../../../scripts/browser/run-in-browser.mjs';

/** A path beside this file. */
export const path = (address) => fileURLToPath(new URL(address, import.meta.url));

/**
 * Opens the built demo, with the model and the strip of faces all there. Looks best where the font Inter is installed
 * (Debian: fonts-inter).
 *
 * @returns the page, what to ask it, and `close()`
 */
export async function openDemo({ width, height, ...emulated }) {
  const site = await serve({ directory: path('../dist') });
  const browser = await launchChromium({ backend: 'wasm' });
  const page = await browser.context.newPage();
  await page.emulateMedia({ reducedMotion: 'reduce', ...emulated });
  await page.setViewportSize({ width, height });
  await page.goto(`${site.url}/?seed=7`);
  const until = (question) => page.waitForFunction(question, undefined, { timeout: 300_000 });
  const settled = () =>
    until(() => {
      const { state } = document.querySelector('autodrag-editor');
      return state?.phase === 'ready' && state.info?.maxPoints > 0;
    });
  await settled();
  await until(
    () => document.querySelector('autodrag-editor').shadowRoot.querySelectorAll('.strip canvas').length === 8,
  );
  /** On the screen, of a place in 128ths of the picture's longer side. */
  const place = (x, y) =>
    page.evaluate(
      ([x128, y128]) => {
        const editor = document.querySelector('autodrag-editor');
        const { left, top, width, height } = editor.shadowRoot.querySelector('.stage').getBoundingClientRect();
        const { info, view } = editor.state;
        const scale = Math.min(width / info.width, height / info.height) * 0.96 * view.zoom;
        const unit = Math.max(info.width, info.height) / 128;
        const [px, py] = [x128, y128].map((at) => (at + 0.5) * unit - 0.5);
        return [left + width / 2 + (px - view.x) * scale, top + height / 2 + (py - view.y) * scale];
      },
      [x, y],
    );
  const close = async () => {
    await browser.close();
    await site.close();
  };
  return { page, until, settled, place, close };
}
