import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BackendName, registerGradients, useBackend } from '../../packages/cli/src/node/backends.js';
import { BackendError } from '../../packages/cli/src/node/errors.js';
import { type BrowserBackend, runInBrowser, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';
import { type Outcomes, runCases } from './run-cases.js';

/** Somewhere that the list can run. */
export type Place = {
  readonly name: string;
  /** Largest difference from cpu, relative to the largest value of the array, or to 1 if that is more. */
  readonly tolerance: number;
  /** @throws Unavailable where this machine lacks something */
  run(): Promise<Outcomes>;
};

/** That a place is not to be had here, and why. Everything else that goes wrong is a fault. */
export class Unavailable extends Error {}

/** As docs/backends.md has it. */
const tolerances = { exact: 1e-4, fast: 1e-3 };

export const places: readonly Place[] = [
  inNode('cpu', { tolerance: tolerances.exact }),
  inNode('wasm', { tolerance: tolerances.fast }),
  inNode('node', { title: 'node: libtensorflow', tolerance: tolerances.exact }),
  inNode('cuda', { title: 'cuda: libtensorflow', tolerance: tolerances.fast }),
  inNode('webgpu', { title: 'webgpu in Node (Dawn)', tolerance: tolerances.fast }),
  inChromium('wasm'),
  inChromium('wasm', { title: 'wasm in Chromium, threads (isolated page)', isolated: true }),
  inChromium('webgl'),
  inChromium('webgpu'),
];

function inNode(backend: BackendName, { title = backend, tolerance }: { title?: string; tolerance: number }): Place {
  return {
    name: title,
    tolerance,
    async run() {
      try {
        await registerGradients();
        await (backend === 'webgpu' ? startDawn() : useBackend(backend));
      } catch (error) {
        if (error instanceof BackendError && /not installed|no WebGPU adapter/.test(error.message)) {
          throw new Unavailable(error.message, { cause: error });
        }
        throw error;
      }
      return runCases();
    },
  };
}

/** Where the machine has no GPU, on the software one that comes with Chromium. */
async function startDawn(): Promise<void> {
  try {
    await useBackend('webgpu');
  } catch (error) {
    const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
    if (!/no WebGPU adapter/.test((error as Error).message) || !existsSync(driver)) throw error;
    process.env.VK_ICD_FILENAMES = driver;
    await useBackend('webgpu');
  }
}

function inChromium(
  backend: BrowserBackend,
  { title = `${backend} in Chromium`, isolated = false }: { title?: string; isolated?: boolean } = {},
): Place {
  return {
    name: title,
    tolerance: tolerances.fast,
    async run() {
      const why = whyNoBrowser();
      if (why) throw new Unavailable(why);
      const entry = fileURLToPath(new URL('./page.ts', import.meta.url));
      const { threads, ...result } = await runInBrowser<Outcomes & { threads: number }>({
        ...{ entry, backend, isolated, timeout: 3_000_000 },
      });
      if (isolated && threads < 2) throw new Error(`${title}: expected two threads, the backend started ${threads}.`);
      return result;
    },
  };
}
