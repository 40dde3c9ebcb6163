// A pass of generators from 64 to 1024 pixels, each in a process of its own: milliseconds and memory; random weights:
//   npm run bench -- sizes [--backend wasm|node] [--passes 3] [--json] [--plot FOLDER]
// --plot draws growth-resolution.svg.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { plotSvg } from 'autodrag';

const { values: args } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    passes: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    plot: { type: 'string' },
  },
});
const program = fileURLToPath(new URL('../packages/cli/bin/autodrag.js', import.meta.url));
const families = {
  auto: ['auto-64', 'auto-128', 'auto-256', 'auto-512', 'auto-1024'],
  'config-f': ['config-f-256', 'config-f-512', 'config-f-1024'],
};
const clock = args.backend === 'wasm' ? 'processorTime' : 'median';
const rows = Object.values(families)
  .flat()
  .map((name) => {
    const command = [program, 'bench', '--config', name, '--backend', args.backend, '--passes', args.passes, '--json'];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    const figures = JSON.parse(stdout);
    const { height, work, residentBytes } = figures;
    return { name, height, work, milliseconds: figures[clock], residentBytes };
  });
if (args.json) console.log(JSON.stringify({ backend: args.backend, clock, rows }));
else {
  for (const { name, work, milliseconds, residentBytes } of rows) {
    console.log(
      `${name.padEnd(16)}${(work / 1e9).toFixed(0).padStart(5)} GFLOP ${milliseconds.toFixed(0).padStart(7)} ms ${(residentBytes / 1e6).toFixed(0).padStart(6)} MB`,
    );
  }
}
if (args.plot !== undefined) {
  const series = Object.entries(families).map(([name, members]) => ({
    name,
    points: rows
      .filter((row) => members.includes(row.name))
      .map(({ height, milliseconds }) => [height, milliseconds / 1000]),
  }));
  const title = `A pass of the generator, ${args.backend}`;
  const options = { title, xLabel: 'pixels', yLabel: 'seconds', width: 720, height: 400 };
  writeFileSync(join(args.plot, 'growth-resolution.svg'), plotSvg(series, options));
}
