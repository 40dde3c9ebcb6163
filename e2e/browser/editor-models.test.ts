import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AutodragEditor } from '@autodrag/editor';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, serve } from '../../scripts/browser/run-in-browser.mjs';
import { type Driver, dist, drive, openPage, whySkipped } from './editor/drive.js';

const path = (address: string) => fileURLToPath(new URL(`../../packages/${address}`, import.meta.url));
const checkpoints = {
  pkl: path('stylegan2/test/fixtures/ada-64/network.pkl'),
  pt: path('stylegan2/test/fixtures/rosinality-64/rosinality-64.pt'),
};
const own = ['generator', 'regularizer', 'predictor'].map((name) => path(`avatars/weights/${name}.safetensors`));

describe.skipIf(whySkipped())('models of one’s own, opened in the page', () => {
  let site: Awaited<ReturnType<typeof serve>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let page: Page;
  let user: Driver;
  let avatarsWidth: number;
  const errors: string[] = [];
  /** What was there before the first other model. */
  let avatars: { picture: number[]; steps: number };

  /** The name of the model and the size of its picture. */
  const model = () => user.editor(({ state }) => [state.info?.name, state.document?.frame.picture.width]);
  const open = async (files: string | string[]) => {
    const before = await user.status();
    await page.getByLabel('Open a model…').setInputFiles(files);
    await page.waitForFunction(
      (status) => {
        const { state } = document.querySelector('autodrag-editor') as AutodragEditor;
        return state.phase === 'ready' && state.status !== status;
      },
      before,
      { timeout: 120_000 },
    );
  };

  beforeAll(async () => {
    site = await serve({ directory: dist });
    browser = await launchChromium({ backend: 'wasm' });
    page = await openPage(browser.context, `${site.url}/`, { errors });
    user = drive(page);
    await user.settled();
    avatarsWidth = await user.editor(({ state }) => state.info!.width);
    await page.locator('autodrag-editor summary', { hasText: /^Model$/ }).click();
    await page.getByRole('button', { name: 'New face' }).click();
    await user.settled();
    avatars = { picture: await user.picture(), steps: await user.steps() };
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    expect(errors).toEqual([]);
  });

  test('a .pkl is converted in the worker, with its bytes told; it drags by optimisation, and says how a predictor is made', async () => {
    await page.evaluate(() => {
      const told = new Set<string>();
      Object.assign(globalThis, { told });
      const text = document.querySelector('autodrag-editor')?.shadowRoot?.querySelector('.load span') as Node;
      const watch = { childList: true, characterData: true, subtree: true };
      new MutationObserver(() => told.add(text.textContent ?? '')).observe(text, watch);
    });
    await open(checkpoints.pkl);
    expect(await model()).toEqual(['network.pkl', 64]);
    const told = await page.evaluate(() => [...(globalThis as never as { told: Set<string> }).told]);
    expect(told).toContainEqual(expect.stringMatching(/^Generator: \d\.\d of 1\.3 MB$/));
    const panel = page.locator('autodrag-editor .panel');
    await expect.poll(() => panel.textContent()).toContain('no predictor');
    const text = await panel.textContent();
    for (const part of ['autodrag train predictor', 'network.pkl', '64 × 64', 'by optimisation', 'as its maker says']) {
      expect(text).toContain(part);
    }
    const before = await user.picture();
    await user.pull([60, 60], [68, 64]);
    expect(await user.status()).toContain('optimisation');
    // an optimisation gives turns to the worker: Escape is heard at once, and the next request is answered
    await page.keyboard.press('Escape');
    expect(await user.phase()).toBe('ready');
    expect(await user.picture()).toEqual(before);
    await user.pull([60, 60], [66, 60]); // three pixels of 64
    await user.settled(false);
    expect(await user.status()).toMatch(/oved: 3\.0 px from the target before|no way nearer/);
  });

  test('it is there again after a reload, with its history; a file that is no model changes nothing', async () => {
    await page.getByRole('button', { name: 'New face' }).click();
    await user.settled(false);
    await page.waitForTimeout(500);
    const [picture, steps] = [await user.picture(), await user.steps()];
    await page.reload();
    await user.settled(false);
    expect(await model()).toEqual(['network.pkl', 64]);
    expect(await user.picture()).toEqual(picture);
    expect(await user.steps()).toBe(steps);
    const folder = mkdtempSync(join(tmpdir(), 'autodrag-models-'));
    try {
      const cut = join(folder, 'cut.pkl');
      writeFileSync(cut, readFileSync(checkpoints.pkl).subarray(0, 300_000));
      const page404 = join(folder, 'saved.pt');
      writeFileSync(page404, '<!doctype html><title>404</title>');
      for (const file of [cut, page404]) {
        await page.locator('autodrag-editor summary', { hasText: /^Model$/ }).evaluate((summary) => {
          (summary.parentElement as HTMLDetailsElement).open = true;
        });
        await open(file);
        expect(await user.status()).toMatch(/^This file cannot be used as a model\. /);
        expect(await user.status()).not.toMatch(/importStyleGan2|loadAutodrag|undefined/);
        expect(await user.picture()).toEqual(picture);
        expect(await model()).toEqual(['network.pkl', 64]);
      }
      await page.getByRole('button', { name: 'New face' }).click(); // it still computes
      await user.settled(false);
      expect(await user.steps()).toBe(steps + 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a .pt; then three files of ours, which drag by their predictor; then the avatars again', async () => {
    await open(checkpoints.pt);
    expect(await model()).toEqual(['rosinality-64.pt', 64]);
    await open(own);
    await user.settled();
    expect(await model()).toEqual(['generator.safetensors', avatarsWidth]);
    await user.pull([77, 79], [67, 84]);
    await user.settled();
    expect(await user.status()).toMatch(/^Moved: /);
    await page.getByRole('button', { name: 'Avatars' }).click();
    await page.waitForFunction(() =>
      (document.querySelector('autodrag-editor') as AutodragEditor).state.status.startsWith('Avatars is open'),
    );
    await user.settled();
    // with their history: another model has not thrown it away
    for (const again of [async () => {}, () => page.reload()]) {
      await again();
      await user.settled();
      expect((await model())[0]).toBe('Avatars');
      expect({ picture: await user.picture(), steps: await user.steps() }).toEqual(avatars);
    }
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await user.steps()).toBe(avatars.steps - 1);
  });
});
