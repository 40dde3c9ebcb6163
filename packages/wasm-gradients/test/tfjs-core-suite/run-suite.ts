import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

export type SpecResult = { name: string; status: 'passed' | 'failed' | 'excluded' | 'pending'; message?: string };

/** What the CommonJS parts of the bundle look for in a module of Node. */
const commonJs = `
import { createRequire as createRequireHere } from 'node:module';
import { dirname as dirnameOf } from 'node:path';
import { fileURLToPath as pathOf } from 'node:url';
const require = createRequireHere(import.meta.url);
const __filename = pathOf(import.meta.url);
const __dirname = dirnameOf(__filename);`;

/**
 * Runs the test suite that tfjs-core ships (`dist/tests.js`) on the wasm backend in two fresh processes, without and
 * with our kernels. tfjs-core's own copy of jasmine's internals asks for a file that newer releases do not export.
 */
export async function runSuite(): Promise<{ stock: SpecResult[]; ours: SpecResult[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'tfjs-core-suite-'));
  try {
    await build({
      entryPoints: [join(here, 'suite.mjs')],
      outfile: join(folder, 'suite.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      mainFields: ['module', 'main'], // one copy of tfjs-core: the files that its tests import
      ignoreAnnotations: true, // tfjs-core says that it has no side effects; its tests are nothing else
      logLevel: 'error',
      banner: { js: commonJs },
      alias: {
        '@autodrag/wasm-gradients': join(here, '../../src/index.ts'),
        'jasmine-core/lib/jasmine-core/jasmine.js': join(
          dirname(require.resolve('jasmine-core')),
          'jasmine-core/jasmine.js',
        ),
      },
    });
    const binaries = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
    for (const file of await readdir(binaries)) {
      if (file.endsWith('.wasm')) await cp(join(binaries, file), join(folder, file));
    }
    const run = async (kernels: 'stock' | 'ours'): Promise<SpecResult[]> => {
      const results = join(folder, `${kernels}.json`);
      await promisify(execFile)(process.execPath, [join(folder, 'suite.mjs'), kernels, results], {
        cwd: folder,
        maxBuffer: 1 << 28,
      });
      return JSON.parse(await readFile(results, 'utf8')) as SpecResult[];
    };
    return { stock: await run('stock'), ours: await run('ours') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
