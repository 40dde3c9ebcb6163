import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runInBrowser, whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';

const page = (name: string) => fileURLToPath(new URL(`./pages/${name}.ts`, import.meta.url));
type Started = { name: string; threads: number; skipped: { name: string; reason: string }[] };

describe.skipIf(whyNoBrowser())('@autodrag/browser in Chromium, without a GPU', () => {
  test('starts wasm rather than software, others when asked, and a session goes on where the GPU is lost', async () => {
    const seen = await runInBrowser<Record<string, unknown> & { own: Started; loss: { reason: string } }>({
      entry: page('start-backend'),
      backend: 'cpu',
      timeout: 400_000,
    });
    expect(seen.own.name).toBe('wasm');
    expect(seen.own.skipped.map(({ name }) => name)).toEqual(['webgpu', 'webgl']);
    expect(seen.own.skipped[1]?.reason).toContain('software');
    expect(seen.both).toEqual(['wasm', 'wasm']);
    expect(seen.stopped).toBe('Error: enough');
    expect(seen.unknown).toContain("got '__proto__'");
    expect(seen.forced).toBe('webgl');
    expect(seen.loss.reason).toContain('WebGL context was lost');
    expect(seen.again).toBe('wasm');
    expect(seen.sum).toBe(6);
    expect(seen.difference).toBe(0);
  });

  test('in an isolated page wasm has threads', async () => {
    const { own } = await runInBrowser<{ own: Started }>({
      entry: page('start-backend'),
      backend: 'cpu',
      isolated: true,
      timeout: 400_000,
    });
    expect(own.threads).toBeGreaterThan(1);
  });

  test('weights are kept by their content, checked, renewed, and deleted', async () => {
    const seen = await runInBrowser<Record<string, unknown>>({ entry: page('weight-cache'), backend: 'cpu' });
    expect(seen).toEqual({
      first: { asked: 3, whole: true },
      second: { asked: 3, unchanged: 3 },
      damaged: { asked: 3, unchanged: 2 },
      offline: true,
      reload: 3,
      without: 3,
      cleared: [true, false],
      lost: expect.stringMatching(/predictor: '.*predictor.safetensors' cannot be fetched/),
    });
  });
});
