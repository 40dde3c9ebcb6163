import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runInBrowser, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';

const entry = fileURLToPath(new URL('./pages/stylegan2.ts', import.meta.url));

describe.skipIf(whyNoBrowser())('@autodrag/stylegan2 in Chromium', () => {
  test.each(['webgl', 'webgpu', 'wasm'] as const)(
    'images, features and gradients on %s agree with cpu',
    async (backend) => {
      const differences = await runInBrowser<Record<string, number>>({ entry, backend, timeout: 400_000 });
      expect(Object.keys(differences)).toHaveLength(4);
      for (const [name, difference] of Object.entries(differences)) expect(difference, name).toBeLessThan(1e-3);
    },
  );
});
