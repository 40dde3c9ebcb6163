/**
 * A path to a Chromium or Chrome that can be started: `CHROMIUM_PATH`, or one at the usual places; undefined if there
 * is none.
 */
export function findChromium(): string | undefined;
