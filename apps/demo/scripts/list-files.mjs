// Writes the list of files that the service worker keeps: all of the built page but weights, source maps, and what only
// some visits need.
import { readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const dist = new URL('../dist', import.meta.url).pathname;
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter(
    (entry) =>
      entry.isFile() && /\.(js|css|svg|png|webp|webmanifest)$/.test(entry.name) && entry.name !== 'service-worker.js',
  )
  .map((entry) => `./${relative(dist, join(entry.parentPath, entry.name))}`);
writeFileSync(join(dist, 'files.json'), `${JSON.stringify({ files })}\n`);
