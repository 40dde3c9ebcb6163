import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AutodragEditor } from '@autodrag/editor';
import type { BrowserContext, Page } from 'playwright-core';
import { whyNoBrowser } from '../../../scripts/browser/run-in-browser.mjs';

/** The built demo. */
export const dist = fileURLToPath(new URL('../../../apps/demo/dist', import.meta.url));

/** False, or a sentence. */
export const whySkipped = (): string | false => whyNoBrowser() || (!existsSync(dist) && 'the demo is not built');

export type Driver = ReturnType<typeof drive>;

/**
 * Drives the page as a person would: by pointer and keyboard. Places are in 128ths of the picture's longer side,
 * whatever the model's size: `[77, 79]` lies on the lower half of the face of an avatar.
 *
 * @param options.patience how long an answer may take, in milliseconds
 */
export function drive(page: Page, { patience = 180_000 }: { patience?: number } = {}) {
  const editor = <T>(work: (editor: AutodragEditor) => T) =>
    page.evaluate(`(${work.toString()})(document.querySelector('autodrag-editor'))`) as Promise<T>;
  /** @param predictor whether it must be there, so that drags are made by it */
  const settled = (predictor = true) =>
    page.waitForFunction(
      (needed) => {
        const { state } = document.querySelector('autodrag-editor') as AutodragEditor;
        return state?.phase === 'ready' && (!needed || (state.info?.maxPoints ?? 0) > 0);
      },
      predictor,
      { timeout: patience },
    );
  /** A 128th in pixels. */
  const unit = () => editor(({ state: { info } }) => Math.max(info!.width, info!.height) / 128);
  /** A place in pixels of the picture. */
  const at = async (x128: number, y128: number) => {
    const size = await unit();
    const [x, y] = [x128, y128].map((place) => (place + 0.5) * size - 0.5) as [number, number];
    return { x, y };
  };
  /** On the screen. */
  const place = async (x: number, y: number) => {
    const box = (await page.locator('autodrag-editor .stage').boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    const { info, view } = await editor(({ state: { info, view } }) => ({ info, view }));
    const scale = Math.min(box.width / info!.width, box.height / info!.height) * 0.96 * view.zoom;
    const pixel = await at(x, y);
    return {
      x: box.x + box.width / 2 + (pixel.x - view.x) * scale,
      y: box.y + box.height / 2 + (pixel.y - view.y) * scale,
    };
  };
  const press = async (x: number, y: number) => {
    const point = await place(x, y);
    await page.mouse.move(point.x, point.y);
    await page.mouse.down();
  };
  const moveTo = async (x: number, y: number, steps = 6) => {
    const point = await place(x, y);
    await page.mouse.move(point.x, point.y, { steps });
  };
  return {
    editor,
    settled,
    unit,
    at,
    place,
    press,
    moveTo,
    pull: async (from: [number, number], to: [number, number]) => {
      await press(...from);
      await moveTo(...to);
      await page.mouse.up();
    },
    picture: () => editor(({ state }) => Array.from(state.document!.frame.picture.data)),
    points: () => editor(({ state }) => state.document!.points),
    status: () => editor(({ state }) => state.status),
    steps: () => editor(({ state }) => state.past.length),
    phase: () => editor(({ state }) => state.phase),
    /** Until what the pull would give is shown. */
    previewed: () =>
      page.waitForFunction(
        () => (document.querySelector('autodrag-editor') as AutodragEditor).state.preview !== null,
        undefined,
        { timeout: patience },
      ),
    /** Until the status says it. */
    says: (text: string) =>
      page.waitForFunction(
        (part) => (document.querySelector('autodrag-editor') as AutodragEditor).state?.status.includes(part),
        text,
        { timeout: 60_000 },
      ),
  };
}

/** A page of a size, whose uncaught errors are collected. */
export async function openPage(
  context: BrowserContext,
  address: string,
  { errors, width = 1280, height = 800 }: { errors: string[]; width?: number; height?: number },
): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  await page.setViewportSize({ width, height });
  await page.goto(address);
  return page;
}

/** Runs code in each module worker before its own: init scripts do not reach there. */
export async function beforeWorkers(context: BrowserContext, code: string): Promise<void> {
  await context.addInitScript((text) => {
    const Original = globalThis.Worker;
    globalThis.Worker = class extends Original {
      constructor(address: string | URL, options?: WorkerOptions) {
        const script = `${text}\nawait import(${JSON.stringify(new URL(address, location.href).href)});`;
        const own = options?.type === 'module';
        super(own ? URL.createObjectURL(new Blob([script], { type: 'text/javascript' })) : address, options);
      }
    };
  }, code);
}

/** In 128ths of the picture's side. */
export type Box = { left: number; right: number; top: number; bottom: number };

/** Mean absolute change of the colours within a box of a square picture, or outside of it. */
export function change(a: number[], b: number[], { left, right, top, bottom }: Box, outside = false): number {
  const side = Math.sqrt(a.length / 4);
  const in128ths = (pixel: number) => ((pixel + 0.5) * 128) / side - 0.5;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [in128ths((i >> 2) % side), in128ths(Math.floor((i >> 2) / side))];
    const within = x >= left && x <= right && y >= top && y <= bottom;
    if (i % 4 === 3 || within === outside) continue;
    sum += Math.abs(a[i]! - b[i]!);
    count++;
  }
  return sum / count;
}
