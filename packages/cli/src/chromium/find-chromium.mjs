import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * A path to a Chromium or Chrome that can be started: `CHROMIUM_PATH`, or one at the usual places; undefined if there
 * is none.
 */
export function findChromium() {
  const { CHROMIUM_PATH: given, PATH = '', ProgramFiles = '', LOCALAPPDATA = '' } = process.env;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = ['/usr/bin', ...PATH.split(delimiter)].filter(Boolean);
  const chrome = join('Google', 'Chrome', 'Application', 'chrome.exe');
  const candidates = given
    ? [given]
    : [
        ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        ...[ProgramFiles, LOCALAPPDATA].filter(Boolean).map((folder) => join(folder, chrome)),
      ];
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
