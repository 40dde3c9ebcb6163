import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { download } from './download.js';

const file = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255);
const half = 120_000;
let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Serves by `answer`, and notes the `Range` of every request. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  const ranges: (string | undefined)[] = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return { address: `http://localhost:${(server.address() as AddressInfo).port}/weights`, ranges };
}

/** Sends the first half, then cuts the connection. */
function cut(response: ServerResponse, headers: Record<string, string | number> = { 'content-length': file.length }) {
  response.writeHead(200, { etag: '"1"', ...headers });
  response.write(file.slice(0, half), () => setTimeout(() => response.destroy(), 20));
}

function rest(request: IncomingMessage, response: ServerResponse, etag = '"1"') {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1]);
  response.writeHead(206, {
    etag,
    'content-length': file.length - from,
    'content-range': `bytes ${from}-${file.length - 1}/${file.length}`,
  });
  response.end(file.slice(from));
}

it('tells how far it is', async () => {
  const { address } = await serve((_, response) => {
    response.writeHead(200, { 'content-length': file.length });
    response.end(file);
  });
  const calls: [number, number | null][] = [];
  const { bytes } = await download(address, { name: 'generator', onProgress: (...call) => calls.push(call) });
  expect(Buffer.compare(bytes!, file)).toBe(0);
  expect(calls[0]).toEqual([0, file.length]);
  expect(calls.at(-1)).toEqual([file.length, file.length]);
  expect(calls.every(([loaded], i) => i === 0 || loaded >= (calls[i - 1]?.[0] as number))).toBe(true);
});

it('takes up a cut connection where it ended', async () => {
  const { address, ranges } = await serve((request, response, count) =>
    count === 1 ? cut(response) : rest(request, response),
  );
  const { bytes } = await download(address, { name: 'generator' });
  expect(Buffer.compare(bytes!, file)).toBe(0);
  expect(ranges).toEqual([undefined, `bytes=${half}-`]);
});

it.each([
  ['the server knows no ranges', (response: ServerResponse) => response.writeHead(200, { etag: '"1"' }).end(file)],
  ['the length is not known', (response: ServerResponse) => response.writeHead(200, { etag: '"1"' }).end(file)],
])('begins again where %s', async (why, answer) => {
  const headers: Record<string, string | number> = why.includes('length') ? {} : { 'content-length': file.length };
  const { address, ranges } = await serve((_, response, count) =>
    count === 1 ? cut(response, headers) : answer(response),
  );
  expect(Buffer.compare((await download(address, { name: 'generator' })).bytes!, file)).toBe(0);
  expect(ranges).toHaveLength(2);
});

it('begins again where the file has changed meanwhile', async () => {
  const { address, ranges } = await serve((request, response, count) => {
    if (count === 1) cut(response);
    else if (count === 2) rest(request, response, '"2"');
    else response.writeHead(200, { etag: '"2"', 'content-length': file.length }).end(file);
  });
  expect(Buffer.compare((await download(address, { name: 'generator' })).bytes!, file)).toBe(0);
  expect(ranges).toEqual([undefined, `bytes=${half}-`, undefined]);
});

it('asks a busy server again, and says so when it stays busy', async () => {
  const { address } = await serve((_, response, count) =>
    count < 3 ? response.writeHead(503).end() : response.end(file),
  );
  expect(Buffer.compare((await download(address, { name: 'generator' })).bytes!, file)).toBe(0);
  server.removeAllListeners('request');
  server.on('request', (_, response) => response.writeHead(503).end());
  await expect(download(address, { name: 'predictor' })).rejects.toThrow(/predictor: '.*\/weights' .*503/);
});

it('gives up on a connection that brings nothing more, naming file and bytes', async () => {
  const { address } = await serve((_, response) => cut(response));
  await expect(download(address, { name: 'generator' })).rejects.toThrow(
    new RegExp(`generator: '.*/weights' cannot be fetched: .* after ${half} of ${file.length} bytes`),
  );
});

it('keeps a copy that is still good', async () => {
  const { address } = await serve((request, response) => {
    response.writeHead(request.headers['if-none-match'] === '"1"' ? 304 : 200, { etag: '"1"' }).end();
  });
  const known = { etag: '"1"', lastModified: null };
  expect((await download(address, { name: 'generator', known })).bytes).toBeNull();
});

it.each([0, 50])('stops with its signal (after %s ms), also while it waits', async (after) => {
  const { address } = await serve((_, response) => response.writeHead(503).end());
  const controller = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), after);
  await expect(download(address, { name: 'generator', signal: controller.signal })).rejects.toBe(reason);
});
