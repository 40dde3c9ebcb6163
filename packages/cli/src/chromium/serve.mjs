import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/**
 * Serves a directory on a free port of this machine alone, and single files under other addresses.
 *
 * @param {{ directory: string, files?: Record<string, string>, isolated?: boolean, headers?: Record<string, string> }}
 * options
 *   `files` maps an address such as '/weights/generator.safetensors' to a path; `isolated` sends the headers that give
 *   a page SharedArrayBuffer; `headers` go with each answer
 * @returns the `url` of its root, without a slash at the end, and `close()`
 */
export async function serve({ directory, files = {}, isolated = false, headers = {} }) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const address = decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    const path = files[address] ?? normalize(join(directory, address));
    try {
      if (!files[address] && !path.startsWith(normalize(directory + sep))) throw new Error('outside');
      const { size } = statSync(path);
      response.writeHead(200, {
        'content-type': types[extname(path)] ?? 'application/octet-stream',
        'content-length': size,
        'cache-control': 'no-store',
        ...(isolated
          ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
          : {}),
        ...headers,
      });
      createReadStream(path).pipe(response);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end(`no ${address}`);
    }
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}
