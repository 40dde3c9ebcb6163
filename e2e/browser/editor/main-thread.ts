import type { CDPSession, Page } from 'playwright-core';

type TraceEvent = {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the processor, and not of a clock. */
  readonly tdur?: number;
};

const mark = 'autodrag-main-thread';

/**
 * How long the page's main thread was held by one task while something was done, in milliseconds of the processor:
 * unlike those of a clock, they do not grow with what else runs on a machine.
 */
export async function longestTask(page: Page, work: () => Promise<void>): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  devtools.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await devtools.send('Tracing.start', {
    ...{ transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel', 'blink.user_timing'] } },
  });
  // A trace is of the whole browser, in which other pages have main threads, too: the page's own is where its mark is.
  await page.evaluate((name) => performance.mark(name), mark);
  await work();
  await end(devtools);
  const main = events.find(({ name }) => name === mark);
  const tasks = events.filter(
    ({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && pid === main?.pid && tid === main.tid,
  );
  const times = tasks.map(({ tdur }) => (tdur ?? Number.NaN) / 1000);
  if (times.length < 10 || times.some(Number.isNaN)) {
    throw new Error(`longestTask: ${times.length} tasks were traced, or not their times on the processor`);
  }
  return Math.max(...times);
}

async function end(devtools: CDPSession): Promise<void> {
  const all = new Promise((done) => devtools.once('Tracing.tracingComplete', done));
  await devtools.send('Tracing.end');
  await all;
  await devtools.detach();
}
