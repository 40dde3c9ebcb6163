import { findChromium } from '../../packages/cli/src/chromium/find-chromium.mjs';

let told = false;

/** Why browser tests cannot run here, printed once; undefined if they can. For `test.skipIf(whyNoBrowser())`. */
export function whyNoBrowser() {
  if (findChromium()) return undefined;
  const reason = process.env.CHROMIUM_PATH
    ? `browser tests skipped: CHROMIUM_PATH=${process.env.CHROMIUM_PATH} cannot be started`
    : 'browser tests skipped: no Chromium found. Install one (apt-get install chromium) or set CHROMIUM_PATH.';
  if (!told) console.warn(reason);
  told = true;
  return reason;
}
