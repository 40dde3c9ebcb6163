import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AutodragEditor } from '@autodrag/editor';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, serve } from '../../scripts/browser/run-in-browser.mjs';
import { beforeWorkers, type Driver, dist, drive, openPage, whySkipped } from './editor/drive.js';

/** Keeps hold of the contexts that a worker draws with, to take one away. */
const keepContexts = `
  const original = OffscreenCanvas.prototype.getContext;
  globalThis.contexts = [];
  OffscreenCanvas.prototype.getContext = function (...args) {
    const context = original.apply(this, args);
    if (args[0] === 'webgl2' && context) globalThis.contexts.push(context);
    return context;
  };`;

/** The same for the devices of WebGPU. */
const keepDevices = `
  globalThis.devices = [];
  const { requestDevice } = globalThis.GPUAdapter?.prototype ?? {};
  if (requestDevice) {
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await requestDevice.apply(this, args);
      globalThis.devices.push(device);
      return device;
    };
  }`;

/** After its device is lost: the same picture, and drags. */
async function goesOnWithWasm(page: Page, user: Driver, picture: readonly number[]): Promise<void> {
  await page.waitForFunction(
    () => {
      const { state } = document.querySelector('autodrag-editor') as AutodragEditor;
      return state.info?.backend === 'wasm' && state.info.maxPoints > 0;
    },
    undefined,
    { timeout: 120_000 },
  );
  expect(await user.status()).toContain('The editor goes on with WebAssembly; nothing is lost.');
  expect(await user.picture()).toEqual(picture);
  await user.pull([77, 79], [67, 84]);
  await user.settled();
  expect(await user.status()).toMatch(/^Moved: /);
}

describe.skipIf(whySkipped())('the editor, when something fails', () => {
  let site: Awaited<ReturnType<typeof serve>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  const errors: string[] = [];

  const open = async (address = '/') => {
    const page = await openPage(browser.context, `${site.url}${address}`, { errors });
    return { page, user: drive(page) };
  };
  /** The button is in the picture where there is none, else in the panel. */
  const tryAgain = (page: Awaited<ReturnType<typeof open>>['page']) =>
    page.getByRole('button', { name: 'Try again' }).locator('visible=true').first().click();

  beforeAll(async () => {
    site = await serve({ directory: dist });
  });
  afterEach(async () => {
    await browser?.close();
    errors.length = 0;
  });
  afterAll(() => site?.close());

  test('without a connection after the first visit: page, model and history are there', async () => {
    browser = await launchChromium({ backend: 'wasm' });
    const { page, user } = await open('/?seed=7');
    await user.settled();
    await user.pull([77, 79], [67, 84]);
    await user.settled();
    const [picture, steps] = [await user.picture(), await user.steps()];
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    // the weights, too, are kept once they are all there
    await page.waitForFunction(async () => (await (await caches.open('autodrag-weights-1')).keys()).length >= 6);
    await page.waitForTimeout(500);
    await browser.context.setOffline(true);
    await site.close(); // and the server is gone for good
    try {
      await page.reload();
      await user.settled();
      expect(await user.picture()).toEqual(picture);
      expect(await user.steps()).toBe(steps);
      await user.pull([45, 60], [48, 60]);
      await user.settled();
      expect(await user.status()).toMatch(/oved: |no way nearer/);
    } finally {
      site = await serve({ directory: dist });
    }
    expect(errors).toEqual([]);
  });

  test('a lost WebGL context: wasm goes on with the same picture', async () => {
    browser = await launchChromium({ backend: 'webgl' });
    await beforeWorkers(browser.context, keepContexts);
    const { page, user } = await open('/?seed=7&backend=webgl');
    await user.settled();
    expect(await user.editor(({ state }) => state.info?.backend)).toBe('webgl');
    const picture = await user.picture();
    const [worker] = page.workers();
    await worker!.evaluate(() => {
      const { contexts } = globalThis as never as { contexts: WebGL2RenderingContext[] };
      for (const context of contexts) context.getExtension('WEBGL_lose_context')?.loseContext();
    });
    await goesOnWithWasm(page, user, picture);
    expect(errors).toEqual([]);
  });

  test('a lost WebGPU device: wasm goes on with the same picture', { timeout: 2_400_000 }, async ({ skip }) => {
    browser = await launchChromium({ backend: 'webgpu' });
    await beforeWorkers(browser.context, keepDevices);
    const page = await openPage(browser.context, `${site.url}/?seed=7&backend=webgpu`, { errors });
    const user = drive(page, { patience: 600_000 });
    await user.settled();
    const backend = await user.editor(({ state }) => state.info?.backend);
    // not every Chromium has WebGPU in workers
    if (backend !== 'webgpu') skip(`no WebGPU in a worker here: ${backend}`);
    const picture = await user.picture();
    await page.workers()[0]!.evaluate(() => {
      for (const device of (globalThis as never as { devices: { destroy(): void }[] }).devices) device.destroy();
    });
    await goesOnWithWasm(page, user, picture);
    expect(errors).toEqual([]);
  });

  test('a worker that dies: the drag is kept, and done by another one', async () => {
    browser = await launchChromium({ backend: 'wasm' });
    const { page, user } = await open('/?seed=7');
    await user.settled();
    await page.workers()[0]!.evaluate(() => {
      addEventListener('message', ({ data }) => {
        if (data.name === 'drag') throw new RangeError('Array buffer allocation failed');
      });
    });
    await user.pull([77, 79], [67, 84]);
    await user.says('Nothing is lost');
    expect(await user.points()).toHaveLength(1);
    expect(await user.phase()).toBe('ready');
    await tryAgain(page);
    await user.says('Moved: ');
    await user.settled();
    expect(await user.steps()).toBe(1);
  });

  test('a page that crashes: all of it is there in the next one', async () => {
    browser = await launchChromium({ backend: 'wasm' });
    const { page, user } = await open('/?seed=7');
    await user.settled();
    await user.pull([77, 79], [67, 84]);
    await user.settled();
    const picture = await user.picture();
    await page.waitForTimeout(500);
    const session = await browser.context.newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    void session.send('Page.crash').catch(() => {});
    await crashed;
    const { user: next } = await open('/');
    await next.settled();
    expect(await next.picture()).toEqual(picture);
    expect(await next.steps()).toBe(1);
  });

  test('a model that is missing, or damaged: said in words, and had at the next try', async () => {
    browser = await launchChromium({ backend: 'wasm' });
    for (const answer of [
      { status: 404, body: 'not here' },
      { status: 200, body: '<!doctype html><title>Sign in</title>' },
    ]) {
      await browser.context.route('**/generator*.safetensors', (route) => route.fulfill(answer));
      const { page, user } = await open('/');
      await page.waitForFunction(
        () => (document.querySelector('autodrag-editor') as AutodragEditor).state.phase === 'failed',
        undefined,
        { timeout: 60_000 },
      );
      const card = page.locator('autodrag-editor .load:not(.small)');
      const text = await card.textContent();
      expect(text).toMatch(
        answer.status === 404 ? /A file (is missing|could not be loaded)/ : /cannot be used as a model/,
      );
      expect(text).not.toMatch(/loadAutodrag|undefined|\[object/);
      await browser.context.unroute('**/generator*.safetensors');
      await tryAgain(page);
      await user.settled();
      await page.close();
    }
    // without the predictor there is a picture, and it is said why it cannot be dragged
    await browser.context.route('**/predictor*.safetensors', (route) => route.fulfill({ status: 404, body: '' }));
    const { page, user } = await open('/');
    await page.evaluate(() => caches.delete('autodrag-weights-1'));
    await page.reload();
    await user.says('The predictor could not be loaded, so points are dragged by optimisation');
    expect(await user.phase()).toBe('ready');
  });

  test('a program that does not load: the page says so; a worker that does not: the page computes itself', async () => {
    browser = await launchChromium({ backend: 'wasm' });
    const main = /src="\.(\/assets\/[^"]+\.js)"/.exec(readFileSync(join(dist, 'index.html'), 'utf8'))?.[1] as string;
    await browser.context.route(`**${main}`, (route) => route.fulfill({ status: 404, body: '' }));
    const { page } = await open('/');
    const late = page.locator('.late');
    expect(await late.isVisible()).toBe(false);
    await late.waitFor({ state: 'visible', timeout: 20_000 });
    expect(await late.textContent()).toContain('does not load');
    await browser.context.unroute(`**${main}`);
    await browser.context.route('**/worker-*.js', (route) => route.fulfill({ status: 404, body: '' }));
    await page.getByRole('link', { name: 'try again' }).click();
    const user = drive(page);
    await user.settled();
    expect(page.workers()).toHaveLength(0);
    await user.pull([77, 79], [67, 84]);
    await user.settled();
    expect(await user.status()).toMatch(/^Moved: /);
  });

  test('what computes does not load: said in words, and had at the next try', async () => {
    browser = await launchChromium({ backend: 'wasm' });
    await browser.context.route('**/assets/binary-*.js', (route) => route.fulfill({ status: 404, body: '' }));
    const { page, user } = await open('/?seed=7&backend=wasm');
    await page.waitForFunction(
      () => (document.querySelector('autodrag-editor') as AutodragEditor).state.phase === 'failed',
      undefined,
      { timeout: 60_000 },
    );
    expect(await user.status()).toMatch(/^A file could not be loaded. Check the connection and try again./);
    expect(await user.status()).not.toMatch(/undefined|\[object|setBackend|tfjs|http/);
    await browser.context.unroute('**/assets/binary-*.js');
    await tryAgain(page);
    await user.settled();
    // a part of the program that only some visits need
    await user.pull([77, 79], [67, 84]);
    await user.settled();
    await browser.context.route('**/assets/*.js', (route) => route.fulfill({ status: 404, body: '' }));
    await page.locator('autodrag-editor summary', { hasText: 'Save and share' }).evaluate((summary) => {
      (summary.parentElement as HTMLDetailsElement).open = true;
    });
    await page.getByRole('button', { name: 'GIF', exact: true }).click();
    await expect.poll(user.status, { timeout: 60_000 }).not.toMatch(/^Moved|^Writing/);
    expect(await user.status()).toMatch(/^A file could not be loaded. Check the connection and try again. \(.*gifenc/);
    expect(await user.phase()).toBe('ready');
  });

  test('odd addresses: no seed, no backend, no link of ours', async () => {
    browser = await launchChromium({ backend: 'wasm' });
    for (const [address, said] of [
      ['/?backend=__proto__&seed=7', "There is no backend '__proto__', so the fastest one computes."],
      ['/?backend=webgpx', "There is no backend 'webgpx', so the fastest one computes."],
      ['/?seed=-3', 'A seed is a whole number from 0 to 4294967295.'],
      ['/?seed=4294967296', 'A seed is a whole number from 0 to 4294967295.'],
      ['/?seed=%3Cimg%3E', 'A seed is a whole number from 0 to 4294967295.'],
      ['/#seed=7&edit=AAAA', 'The link is damaged, or not one of ours.'],
      ['/#seed=7&mix=3,90', 'The link is of another model.'],
      ['/#__proto__', 'The link is damaged, or not one of ours.'],
    ] as const) {
      const { page, user } = await open(address);
      await user.settled(false);
      await user.says(said);
      expect(await user.editor(({ state }) => state.document?.origin.seed)).toBe(7);
      await page.close();
    }
    expect(errors).toEqual([]);
  });
});
