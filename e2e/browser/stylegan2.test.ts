import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../packages/stylegan2/test/reference';
import { runInBrowser, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';
import type { Parity } from './pages/stylegan2-parity';

const path = (address: string) => fileURLToPath(new URL(address, import.meta.url));
const fixtures = path('../../packages/stylegan2/test/fixtures/');
const names = ['ada-64', 'ada-128-paper', 'rosinality-64'];
const files = Object.fromEntries(
  names.flatMap((name) =>
    readdirSync(join(fixtures, name)).map((file) => [`/fixtures/${name}/${file}`, join(fixtures, name, file)]),
  ),
);

describe.skipIf(whyNoBrowser())('@autodrag/stylegan2 in Chromium', () => {
  describe.each(['webgl', 'webgpu', 'wasm'] as const)('%s', (backend) => {
    test('codes, features and images agree with the reference programs, in every case of every fixture', async () => {
      const entry = path('./pages/stylegan2-parity.ts');
      const parity = await runInBrowser<Parity>({ entry, backend, timeout: 1_000_000, files });
      const largest = { ws: 0, images: 0, features: 0 };
      for (const name of names) {
        const { cases, leaked } = parity[name]!;
        const manifest = JSON.parse(readFileSync(join(fixtures, name, 'manifest.json'), 'utf8')) as Manifest;
        expect(Object.keys(cases)).toEqual(manifest.cases.map(({ id }) => id));
        expect(leaked, `${name}: tensors left over`).toBe(0);
        for (const [id, { z, features }] of manifest.cases.map((one) => [one.id, one] as const)) {
          const differences = cases[id]!;
          const kinds = new Set(differences.map(({ kind }) => kind));
          expect(kinds, id).toEqual(new Set([...(z ? ['ws'] : []), 'images', ...(features ? ['features'] : [])]));
          for (const { kind, name: array, difference, scale } of differences) {
            // null is what JSON makes of infinity: a number was not one
            expect(difference, `${name} ${id} ${array}`).not.toBeNull();
            expect(difference / scale, `${name} ${id} ${array}`).toBeLessThan(1e-3);
            largest[kind] = Math.max(largest[kind], difference / scale);
          }
        }
      }
      console.log(`${backend}: largest differences, relative to the largest value: ${JSON.stringify(largest)}`);
    }, 1_200_000);
  });
});
