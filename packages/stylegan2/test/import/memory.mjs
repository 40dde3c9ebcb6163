// node --expose-gc test/import/memory.mjs FILE [convert|import]
// Peak memory of opening a checkpoint through a file handle: reading its tensors one by one (convert), or importing it
// on the cpu backend (import). Needs a build. A large file: python make-fixtures.py --large FILE
import { open } from 'node:fs/promises';
import process from 'node:process';

const [path, mode = 'convert'] = process.argv.slice(2);
const { importStyleGan2, openCheckpoint } = await import('../../dist/import/index.js');
if (mode === 'import') await import('@tensorflow/tfjs-backend-cpu');
globalThis.gc?.();
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const before = process.memoryUsage().rss;
const file = await open(path);
const start = performance.now();
let opened = start;
let largest = 0;
let total = 0;
if (mode === 'import') {
  await importStyleGan2(file);
} else {
  const { tensors } = await openCheckpoint(file);
  opened = performance.now();
  for (const { read } of tensors) {
    const data = await read();
    largest = Math.max(largest, data.byteLength);
    total += data.byteLength;
  }
}
const end = performance.now();
console.log({
  file: megabytes((await file.stat()).size),
  generator: megabytes(total),
  largestTensor: megabytes(largest),
  scan: `${(opened - start).toFixed(0)} ms`,
  all: `${(end - start).toFixed(0)} ms`,
  peakAboveStart: megabytes(process.resourceUsage().maxRSS * 1024 - before),
});
await file.close();
