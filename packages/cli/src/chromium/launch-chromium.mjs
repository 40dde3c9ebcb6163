import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from './find-chromium.mjs';

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
  '--disable-gpu-watchdog', // a large shader in software takes longer than it allows
  '--ignore-gpu-blocklist',
];

function drawingArguments(backend, software) {
  const swiftshader = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
  if (backend === 'webgpu') {
    const gpu = ['--enable-unsafe-webgpu', '--enable-features=Vulkan,WebGPU'];
    return software ? [...gpu, '--use-webgpu-adapter=swiftshader', '--use-vulkan=swiftshader', ...swiftshader] : gpu;
  }
  // what computes without a GPU is painted without one, too: an imitation of it takes five times as long
  if (software && (backend === 'wasm' || backend === 'cpu')) return ['--disable-gpu', '--enable-unsafe-swiftshader'];
  return software ? ['--use-gl=angle', ...swiftshader] : ['--enable-unsafe-swiftshader'];
}

const vulkanDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Starts a headless Chromium with a new, empty profile. It talks to no one but the pages it is given.
 *
 * @param {{ backend?: 'webgl' | 'webgpu' | 'wasm' | 'cpu', software?: boolean, args?: string[] }} [options] what the
 * pages
 *   draw or compute with, and whether in software, so that a machine without a GPU gives the same pixels as any other
 * @returns its `context` (of playwright) and `close()`, which also removes the profile
 */
export async function launchChromium({ backend = 'webgl', software = true, args = [] } = {}) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('launchChromium: no Chromium or Chrome was found. Set CHROMIUM_PATH.');
  const profile = mkdtempSync(join(tmpdir(), 'autodrag-chromium-'));
  const removeProfile = () => {
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    } catch {
      // a process of the browser still writes: the system clears its folder for temporary files
    }
  };
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      chromiumSandbox: false, // pages are our own, and containers often have none
      handleSIGINT: false,
      handleSIGTERM: false,
      args: [...quiet, ...drawingArguments(backend, software), ...args],
      env: {
        ...process.env,
        // what it leaves there goes with the profile; elsewhere the longer path may be too long for its sockets
        ...(process.platform === 'linux' ? { TMPDIR: profile } : {}),
        ...(backend === 'webgpu' && software && existsSync(vulkanDriver) ? { VK_ICD_FILENAMES: vulkanDriver } : {}),
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
