// Previews a second while a pointer pulls a point of the demo in Chromium, the page's longest task, and the processor
// time of a preview; after `npm run build`:
//   npm run bench -- previews [--backend wasm] [--seconds 10] [--isolated] [--json]
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launchChromium, serve } from '../scripts/browser/run-in-browser.mjs';
import { quantile } from './statistics/paired.mjs';

const { values: args } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    seconds: { type: 'string', default: '10' },
    /** Whether the page may share memory between threads. */
    isolated: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const demo = fileURLToPath(new URL('../apps/demo/dist', import.meta.url));
const site = await serve({ directory: demo, isolated: args.isolated });
const browser = await launchChromium({ backend: args.backend });
try {
  const page = await browser.context.newPage();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${site.url}/?seed=7&backend=${args.backend}`);
  await untilReady(page);
  const info = await page.evaluate(() => document.querySelector('autodrag-editor').state.info);
  await page.evaluate(watch);
  const at = await placeOf(page);
  await page.mouse.move(...at(77, 79));
  await page.mouse.down();
  await circle(page, at, 2); // the first previews compile, and keep what the picture has
  const before = { ...(await page.evaluate(() => globalThis.seen)), ...processorSeconds() };
  const seconds = await circle(page, at, Number(args.seconds));
  const after = { ...(await page.evaluate(() => globalThis.seen)), ...processorSeconds() };
  await page.keyboard.press('Escape');
  await page.mouse.up();

  const times = after.times.slice(before.times.length);
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  const { backend, device, threads } = info;
  report({
    ...{ backend, device, threads, seconds },
    previews: times.length,
    drafts: after.drafts - before.drafts,
    perSecond: times.length / seconds,
    slowest: quantile(gaps, 0.95),
    longestTask: Math.max(0, ...after.long),
    cpuPerPreview: (after.cpu - before.cpu) / times.length,
    workerPerPreview: (after.worker - before.worker) / times.length,
  });
} finally {
  await browser.close();
  await site.close();
}

/** The model and its predictor are there, and the strip of faces is done, so that nothing else is computed. */
async function untilReady(page) {
  const options = { timeout: 300_000 };
  await page.waitForFunction(
    () => {
      const { state, shadowRoot } = document.querySelector('autodrag-editor');
      return (
        state?.phase === 'ready' &&
        state.info?.maxPoints > 0 &&
        shadowRoot.querySelectorAll('.strip canvas').length === 8
      );
    },
    undefined,
    options,
  );
}

/** Runs in the page: keeps when pictures of a pull came, and how long the page's tasks were. */
function watch() {
  const seen = { times: [], drafts: 0, long: [] };
  let last = null;
  document.querySelector('autodrag-editor').addEventListener('autodrag-change', ({ detail: { preview } }) => {
    if (preview && preview !== last) {
      seen.times.push(performance.now());
      if (preview.draft) seen.drafts++;
    }
    last = preview;
  });
  new PerformanceObserver((list) => seen.long.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: 'longtask',
  });
  globalThis.seen = seen;
}

/** From 128ths of the picture's longer side to the screen. */
async function placeOf(page) {
  const { left, top, width, height, info } = await page.evaluate(() => {
    const { shadowRoot, state } = document.querySelector('autodrag-editor');
    const box = shadowRoot.querySelector('canvas.picture').getBoundingClientRect();
    return { left: box.left, top: box.top, width: box.width, height: box.height, info: state.info };
  });
  const scale = Math.min(width / info.width, height / info.height) * 0.96;
  const unit = (Math.max(info.width, info.height) / 128) * scale;
  const centre = { x: (info.width * scale) / 2, y: (info.height * scale) / 2 };
  return (x, y) => [left + width / 2 + (x + 0.5) * unit - centre.x, top + height / 2 + (y + 0.5) * unit - centre.y];
}

/** The pointer goes in circles, sixty places a second as of a hand. */
async function circle(page, at, seconds) {
  const from = performance.now();
  let now = from;
  while (now - from < seconds * 1000) {
    const turn = (now - from) / 300;
    await page.mouse.move(...at(70 + 6 * Math.cos(turn), 82 + 4 * Math.sin(turn)));
    await new Promise((resolve) => setTimeout(resolve, 16));
    now = performance.now();
  }
  return (now - from) / 1000;
}

/** Of everything that this program has started, the browser, and of its workers alone. NaN where there is no /proc. */
function processorSeconds() {
  try {
    const processes = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => statistics(`/proc/${name}`));
    const ours = new Set([process.pid]);
    for (let size = 0; size !== ours.size; ) {
      size = ours.size;
      for (const { id, parent } of processes) if (ours.has(parent)) ours.add(id);
    }
    ours.delete(process.pid);
    const threads = [...ours].flatMap((id) =>
      readdirSync(`/proc/${id}/task`).flatMap((thread) => statistics(`/proc/${id}/task/${thread}`)),
    );
    const seconds = (of) => of.reduce((sum, { ticks }) => sum + ticks, 0) / 100;
    const workers = threads.filter(({ name }) => name.startsWith('DedicatedWorker'));
    return { cpu: seconds(threads), worker: seconds(workers) };
  } catch {
    return { cpu: Number.NaN, worker: Number.NaN };
  }
}

/** Of a process or a thread; nothing where it has ended meanwhile. */
function statistics(folder) {
  try {
    const [, id, name, rest] = readFileSync(`${folder}/stat`, 'utf8').match(/^(\d+) \((.*)\) (.*)/s);
    const fields = rest.split(' ');
    return [{ id: Number(id), name, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
  } catch {
    return [];
  }
}

function report(result) {
  if (args.json) return console.log(JSON.stringify(result));
  const { backend, device, seconds, previews, drafts, perSecond, slowest, longestTask } = result;
  const { cpuPerPreview, workerPerPreview } = result;
  console.log(`${backend}: ${device}`);
  console.log(
    `previews          ${previews} in ${seconds.toFixed(1)} s: ${perSecond.toFixed(1)} a second, ${drafts} of them drafts`,
  );
  console.log(`19 of 20 within   ${Math.round(slowest)} ms of the one before`);
  console.log(`longest task      ${longestTask ? `${Math.round(longestTask)} ms` : 'none over 50 ms'} (of the page)`);
  if (Number.isNaN(cpuPerPreview)) return;
  const milliseconds = (time) => `${Math.round(time * 1000)} ms`;
  console.log(
    `processor time    ${milliseconds(workerPerPreview)} a preview in the worker, which makes one at a time;`,
  );
  console.log(`                  ${milliseconds(cpuPerPreview)} in all of the browser`);
}
