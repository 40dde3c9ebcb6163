#!/usr/bin/env node
// Beside dist, so that npm finds a file to link in a checkout that is not built yet.
import { existsSync } from 'node:fs';

const program = new URL('../dist/bin.js', import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  process.stderr.write("autodrag: this checkout is not built. Run 'npm run build' at its root.\n");
  process.exitCode = 1;
}
