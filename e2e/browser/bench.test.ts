import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { whyNoBrowser } from '../../scripts/browser/run-in-browser.mjs';

const program = fileURLToPath(new URL('../../packages/cli/bin/autodrag.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'autodrag-e2e-'));
const config = join(folder, 'tiny.json');
writeFileSync(
  config,
  '{"resolution": 16, "zDim": 8, "wDim": 8, "mappingLayers": 2, "channelBase": 128, "channelMax": 8}',
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(whyNoBrowser())('autodrag bench --browser', () => {
  test.each(['webgl', 'webgpu', 'wasm'])('measures a generator on %s, and leaves nothing behind', async (backend) => {
    const args = ['bench', '--config', config, '--browser', '--backend', backend, '--passes', '2', '--json'];
    // a folder for temporary files of its own: the profile of the browser is the only thing in it
    const env = { ...process.env, TMPDIR: folder };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { env });
    expect(stderr).toBe('');
    const figures = JSON.parse(stdout);
    expect(figures).toMatchObject({ backend, browser: true, width: 16, height: 16, finite: true });
    expect(figures.passes).toHaveLength(2);
    expect(figures.median).toBeGreaterThan(0);
    expect(figures.device).not.toBe('');
    if (existsSync('/proc/self/smaps_rollup')) expect(figures.residentBytes).toBeGreaterThan(1e7);
    expect(readdirSync(folder)).toEqual(['tiny.json']);
  });
});
