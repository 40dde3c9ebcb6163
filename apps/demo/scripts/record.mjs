// Records docs/editor.webp: two pulls and the comparison with the first picture, in the real page, after `npm run build
// -w @autodrag/demo`. A picture is taken when the page has answered, so that the film shows what is computed; how long
// that takes it does not show: it runs at the same rate whatever the machine.
import { statSync } from 'node:fs';
import sharp from 'sharp';
import { openDemo, path } from './open-demo.mjs';

const target = path('../../../docs/editor.webp');
const frames = [];
const { page, until, settled, place, close } = await openDemo({ width: 1040, height: 640, colorScheme: 'light' });
try {
  await showPointer();
  await hold(8);
  await pull([74, 71], [65, 75]);
  await pull([70, 86], [70, 92]);
  await page.getByRole('button', { name: 'Before and after' }).click();
  for (let i = 0; i <= 16; i++) {
    const split = 0.5 - 0.42 * Math.sin((2 * Math.PI * i) / 16);
    await page.evaluate((to) => document.querySelector('autodrag-editor').send({ type: 'split', split: to }), split);
    await shoot(80);
  }
  await hold(6);
} finally {
  await close();
}
const film = sharp(
  frames.map(({ picture }) => picture),
  { join: { animated: true } },
);
await film.webp({ quality: 88, effort: 5, loop: 0, delay: frames.map(({ shown }) => shown) }).toFile(target);
const { size } = statSync(target);
console.log(`${target}: ${frames.length} pictures, ${Math.round(size / 1024)} kB`);
if (size > 1.5 * 2 ** 20) throw new Error('The film is too large for a README: 1.5 MB at most.');

/** @param shown milliseconds */
async function shoot(shown) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  frames.push({
    picture: await sharp(await page.screenshot())
      .resize({ width: 780 })
      .png()
      .toBuffer(),
    shown,
  });
}

async function hold(times) {
  await shoot(times * 80);
}

/** The pointer is no part of a screenshot. */
async function showPointer() {
  await page.evaluate(() => {
    const arrow = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    arrow.setAttribute('viewBox', '0 0 24 24');
    const style = { position: 'fixed', left: '-3px', top: '-2px', width: '26px', zIndex: '9', pointerEvents: 'none' };
    Object.assign(arrow.style, style);
    const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const look = { d: 'M3 2 L3 18 L7.5 14 L10.5 21 L13.5 19.7 L10.5 13 L16.5 12.6 Z', fill: '#111', stroke: '#fff' };
    for (const [name, value] of Object.entries(look)) shape.setAttribute(name, value);
    arrow.append(shape);
    document.body.append(arrow);
    const follow = ({ clientX, clientY }) => {
      arrow.style.transform = `translate(${clientX}px, ${clientY}px)`;
    };
    addEventListener('pointermove', follow, { capture: true });
  });
}

/** Pulls, with a picture for each answer of the predictor, and then the end. */
async function pull([x, y], [toX, toY], steps = 14) {
  await page.mouse.move(...(await place(x, y)), { steps: 2 });
  await shoot(320);
  await page.mouse.down();
  for (let i = 1; i <= steps; i++) {
    const share = 0.5 - 0.5 * Math.cos((Math.PI * i) / steps);
    await page.evaluate(() => {
      globalThis.last = document.querySelector('autodrag-editor').state.preview;
    });
    await page.mouse.move(...(await place(x + (toX - x) * share, y + (toY - y) * share)));
    // shorter ones are no pulls yet
    if (share * Math.hypot(toX - x, toY - y) > 2)
      await until(() => document.querySelector('autodrag-editor').state.preview !== globalThis.last);
    await shoot(70);
  }
  await page.mouse.up();
  await settled();
  await hold(9);
}
