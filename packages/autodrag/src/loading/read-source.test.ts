import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSource } from './read-source.js';

let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/page') response.setHeader('content-type', 'text/html; charset=utf-8');
    if (request.url === '/none') response.statusCode = 404;
    response.end(Buffer.from([1, 2, 3]));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  base = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

it('takes bytes, blobs and addresses', async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  for (const source of [bytes, bytes.buffer, new Blob([bytes]), `${base}/weights`, new URL(base)]) {
    expect([...(await readSource(source, 'generator'))]).toEqual([1, 2, 3]);
  }
});

it('says what is wrong with an address', async () => {
  await expect(readSource(`${base}/none`, 'predictor')).rejects.toThrow(/predictor: '.*\/none' answers 404/);
  await expect(readSource(`${base}/page`, 'predictor')).rejects.toThrow('answers with a web page');
  await expect(readSource('http://localhost:1/', 'predictor')).rejects.toThrow('cannot be fetched');
  await expect(readSource('model.safetensors', 'predictor')).rejects.toThrow("package 'autodrag' reads paths");
  await expect(readSource('file:///nowhere', 'predictor')).rejects.toThrow(/'file:.*'autodrag' reads paths and file:/);
  await expect(readSource(7 as never, 'predictor')).rejects.toThrow('expected bytes, a File or an address, got 7');
});

it('stops with its signal', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(readSource(`${base}/weights`, 'predictor', { signal })).rejects.toThrow('enough');
});
