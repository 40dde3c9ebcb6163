import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';
import { type Bundler, bundlers, bundleWith } from './bundlers/bundle-with.js';
import { type Project, thirdPartyProject } from './bundlers/third-party-project.js';

const opencvScript = fileURLToPath(new URL('../../node_modules/@techstark/opencv-js/dist/opencv.js', import.meta.url));

/** What a page does that needs no OpenCV. */
const features = `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { createOrbMatcher, gmsFilter, matchFeatures, matchHamming, matchImages, trackPoints } from '@autodrag/matching';

const wave = (shift) => {
  const data = new Float32Array(16 * 16 * 4);
  for (let y = 0; y < 16; y++) for (let x = 0; x < 16; x++) for (let c = 0; c < 4; c++) {
    data[(y * 16 + x) * 4 + c] = Math.sin((0.3 + 0.2 * c) * (x - shift) + 0.4 * c * y);
  }
  return tf.tensor4d(data, [1, 16, 16, 4]);
};
async function matchByFeatures() {
  await tf.setBackend('cpu');
  const [matches] = await matchFeatures([wave(0)], [wave(1)], { imageSize: 32, stride: 4 });
  const [point] = await trackPoints([wave(0)], [wave(1)], [{ x: 16, y: 16 }], { imageSize: 32, window: 8 });
  const { indices } = matchHamming(new Uint8Array(32).fill(255), new Uint8Array(64).fill(255, 32));
  const { mask } = gmsFilter(matches.pointsA, { width: 32, height: 32 }, matches.pointsB, { width: 32, height: 32 }, new Int32Array(0));
  return { count: matches.count, moved: point.x - 16, nearest: indices[0], mask: mask.length };
}
const image = (shift) => {
  const data = new Uint8Array(200 * 200);
  for (let y = 0; y < 200; y++) for (let x = 0; x < 200; x++) {
    const value = Math.sin(Math.floor((x + shift) / 5) * 12.9898 + Math.floor(y / 5) * 78.233) * 43758.5453;
    data[y * 200 + x] = 256 * (value - Math.floor(value));
  }
  return { data, width: 200, height: 200 };
};
async function matchByOrb(options) {
  const matcher = createOrbMatcher({ features: 500, minSize: 0, ...options });
  try {
    return { count: (await matcher.match(image(0), image(10))).count };
  } finally {
    await matcher.dispose();
  }
}
const outcome = async (work) => {
  try { return await work(); } catch (error) { return { code: error.code, message: error.message }; }
};
`;

const page = (work: string) => `${features}
globalThis.__outcome = (async () => ${work})();`;

/** The line that tells where OpenCV is, in each bundler's own way. */
const opencv = (bundler: Bundler) =>
  bundler === 'esbuild' ? "'/opencv.js'" : "new URL('@techstark/opencv-js/dist/opencv.js', import.meta.url)";

const orbPage = (bundler: Bundler) =>
  page(`({
    told: await outcome(() => matchByOrb({ workers: 1, opencv: ${opencv(bundler)} })),
    here: await outcome(() => matchByOrb({ workers: 0, opencv: ${opencv(bundler)} })),
  })`);

describe.skipIf(whyNoBrowser())('@autodrag/matching in a page', () => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  const projects: Project[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    for (const project of projects) project.remove();
  });

  async function open(bundler: Bundler, main: string, options: Parameters<typeof bundleWith>[2] = {}) {
    const project = thirdPartyProject(['nn', 'matching'], { 'main.js': main });
    projects.push(project);
    mkdirSync(join(project.folder, 'public'));
    if (main.includes("'/opencv.js'")) cpSync(opencvScript, join(project.folder, 'public/opencv.js'));
    const server = await bundleWith(bundler, project.folder, options);
    const tab = await browser.context.newPage();
    const log: string[] = [];
    tab.on('console', (message) => log.push(message.text()));
    tab.on('pageerror', (error) => log.push(String(error)));
    try {
      await tab.goto(server.url);
      await tab.waitForFunction(() => '__outcome' in globalThis, undefined, { timeout: 60_000 });
      return await tab.evaluate(() => (globalThis as unknown as { __outcome: Promise<unknown> }).__outcome);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${log.join('\n')}`);
    } finally {
      await tab.close();
      await server.close();
    }
  }

  describe.each(bundlers)('%s', (bundler) => {
    test('matches by feature maps without configuration, also under a strict policy', async () => {
      const csp = "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:";
      const outcome = await open(
        bundler,
        page('({ byFeatures: await outcome(matchByFeatures), orb: await outcome(() => matchByOrb({ workers: 1 })) })'),
        {
          headers: { 'content-security-policy': csp },
        },
      );
      expect(outcome).toMatchObject({
        byFeatures: { nearest: 1, mask: 0 },
        orb: { code: 'INVALID_ARGUMENT', message: expect.stringContaining('npm install @techstark/opencv-js') },
      });
      const { count, moved } = (outcome as { byFeatures: { count: number; moved: number } }).byFeatures;
      expect(count).toBeGreaterThan(5);
      expect(Math.abs(moved - 2)).toBeLessThan(1);
    });

    test('finds and runs OpenCV when told where it is', async () => {
      const entries = { worker: '@autodrag/matching/worker' };
      const outcome = await open(bundler, orbPage(bundler), { entries });
      expect(outcome).toMatchObject({ told: { count: expect.any(Number) }, here: { count: expect.any(Number) } });
      const { told, here } = outcome as { told: { count: number }; here: { count: number } };
      expect(told.count).toBeGreaterThan(100);
      expect(here.count).toBe(told.count);
    });

    test('refuses OpenCV at once where text cannot be run, and says what to add', async () => {
      const csp = "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:";
      const entries = { worker: '@autodrag/matching/worker' };
      const outcome = await open(bundler, orbPage(bundler), { entries, headers: { 'content-security-policy': csp } });
      const refusal = { code: 'OPENCV', message: expect.stringContaining("Add 'unsafe-eval' to its script-src") };
      expect(outcome).toMatchObject({ told: refusal, here: refusal });
    });
  });
});
