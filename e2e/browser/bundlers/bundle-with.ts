import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import webpack from 'webpack';
import { serve } from '../../../scripts/browser/run-in-browser.mjs';

/** What turns `main.js` of a project into a page, with no configuration but what every project needs. */
export type Bundler = 'esbuild' | 'webpack' | 'vite build' | 'vite dev';

export const bundlers: readonly Bundler[] = ['esbuild', 'webpack', 'vite build', 'vite dev'];

const page = (script: string) =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

type Served = { url: string; close(): Promise<void> };

/**
 * Bundles and serves a project.
 *
 * @param entries further entry points, where a bundler has to be told them: name to module
 * @param headers for each answer of the server
 * @throws if the bundler has anything to complain about
 */
export async function bundleWith(
  bundler: Bundler,
  folder: string,
  { entries = {}, headers = {} }: { entries?: Record<string, string>; headers?: Record<string, string> } = {},
): Promise<Served> {
  const out = join(folder, 'dist');
  if (bundler === 'vite dev') return viteDev(folder, headers);
  if (bundler === 'esbuild') await withEsbuild(folder, out, entries);
  else if (bundler === 'webpack') await withWebpack(folder, out);
  else await withVite(folder, out);
  return serve({ directory: out, headers });
}

async function withEsbuild(folder: string, out: string, entries: Record<string, string>): Promise<void> {
  const { errors, warnings } = await esbuild.build({
    absWorkingDir: folder,
    entryPoints: { main: './main.js', ...entries },
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    logLevel: 'silent',
  });
  if (errors.length + warnings.length > 0) throw new Error(JSON.stringify([...errors, ...warnings]));
  writeFileSync(join(out, 'index.html'), page('/main.js'));
  cpSync(join(folder, 'public'), out, { recursive: true });
}

async function withWebpack(folder: string, out: string): Promise<void> {
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    const basics = { context: folder, entry: './main.js', output: { path: out } } as const;
    // minimized it would take minutes on a busy machine
    const options = { ...basics, mode: 'production', performance: false, optimization: { minimize: false } } as const;
    webpack(options, (error, result) => (error ? reject(error) : resolve(result)));
  });
  const { errors = [], warnings = [] } = stats?.toJson({ errors: true, warnings: true }) ?? {};
  if (errors.length + warnings.length > 0)
    throw new Error([...errors, ...warnings].map(({ message }) => message).join('\n'));
  writeFileSync(join(out, 'index.html'), page('/main.js'));
  cpSync(join(folder, 'public'), out, { recursive: true });
}

async function withVite(folder: string, out: string): Promise<void> {
  writeFileSync(join(folder, 'index.html'), page('/main.js'));
  await vite.build({ configFile: false, root: folder, logLevel: 'silent', build: { outDir: out } });
}

async function viteDev(folder: string, headers: Record<string, string>): Promise<Served> {
  writeFileSync(join(folder, 'index.html'), page('/main.js'));
  const server = await vite.createServer({
    configFile: false,
    root: folder,
    logLevel: 'silent',
    // the packages that are links here would lie in the project elsewhere
    server: { host: '127.0.0.1', port: 0, headers, fs: { strict: false }, hmr: false },
  });
  await server.listen();
  const { port } = server.httpServer!.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
