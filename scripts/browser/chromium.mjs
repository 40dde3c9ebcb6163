import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A path to a Chromium that can be started: `CHROMIUM_PATH`, or the first on the PATH; undefined if there is none. */
export function findChromium() {
  const given = process.env.CHROMIUM_PATH;
  const directories = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)].filter(Boolean);
  const candidates = given ? [given] : names.flatMap((name) => directories.map((directory) => join(directory, name)));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

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

const quiet = [
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-breakpad',
  '--disable-dev-shm-usage',
];

/** Software drawing, so that a machine without a GPU gives the same pixels as any other. */
const drawing = {
  webgl: ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
  webgpu: [
    '--enable-unsafe-webgpu',
    '--enable-features=Vulkan,WebGPU',
    '--use-webgpu-adapter=swiftshader',
    '--use-vulkan=swiftshader',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--ignore-gpu-blocklist',
  ],
};

const vulkanDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Starts a headless Chromium with a new, empty profile. It talks to no one but the pages it is given.
 *
 * @param {{ backend?: 'webgl' | 'webgpu' | 'wasm' | 'cpu', args?: string[] }} [options] what the pages draw or compute with
 * @returns its `context` (of playwright) and `close()`, which also removes the profile
 */
export async function launchChromium({ backend = 'webgl', args = [] } = {}) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error(`launchChromium: ${whyNoBrowser()}`);
  const profile = mkdtempSync(join(tmpdir(), 'autodrag-chromium-'));
  const removeProfile = () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      chromiumSandbox: false,
      args: [...quiet, ...(drawing[backend === 'webgpu' ? 'webgpu' : 'webgl'] ?? []), ...args],
      env: {
        ...process.env,
        ...(backend === 'webgpu' && existsSync(vulkanDriver) ? { VK_ICD_FILENAMES: vulkanDriver } : {}),
      },
    });
    return {
      context,
      async close() {
        await context.close();
        removeProfile();
      },
    };
  } catch (error) {
    removeProfile();
    throw error;
  }
}
