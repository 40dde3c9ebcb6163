// From nothing to the first result: Node alone, the command line, and a program that loads the default model and drags;
// seconds by the clock and of processor time, medians:
//   npm run bench -- start [--runs 5] [--json]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { quantile } from './statistics/paired.mjs';

const { values: args } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
const program = fileURLToPath(new URL('../packages/cli/bin/autodrag.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'autodrag-start-'));
const firstDrag = `
  import { loadAutodrag, useBackend } from 'autodrag';
  await useBackend('wasm');
  const autodrag = await loadAutodrag();
  const session = await autodrag.sample(7);
  const at = (x, y) => ({ x: x * autodrag.width, y: y * autodrag.height });
  await session.drag([{ handle: at(0.6, 0.62), target: at(0.52, 0.66) }], { calls: 1 });
`;
const cases = {
  'Node alone': ['-e', '0'],
  'autodrag --version': [program, '--version'],
  'autodrag sample': [program, 'sample', '-o', join(folder, 'one.png')],
  'a program: load, sample, first drag': ['--input-type=module', '-e', firstDrag],
  'autodrag edit --example': [program, 'edit', '--example', '-q', '-o', join(folder, 'edit')],
  'autodrag edit --example --format none': [
    ...[program, 'edit', '--example', '-q', '--format', 'none'],
    ...['-o', join(folder, 'still')],
  ],
};
const report = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('\\ncpu ' + (user + system) + '\\n'); })",
)}`;
const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let run = 0; run <= Number(args.runs); run++) {
  for (const [name, command] of Object.entries(cases)) {
    const from = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['--import', report, ...command], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
    });
    const wall = performance.now() - from;
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    if (run > 0) times[name].push({ wall, cpu: Number(/cpu (\d+)/.exec(stderr)[1]) / 1000 });
  }
}
rmSync(folder, { recursive: true });
const rows = Object.entries(times).map(([name, list]) => ({
  name,
  wall: quantile(
    list.map(({ wall }) => wall),
    0.5,
  ),
  cpu: quantile(
    list.map(({ cpu }) => cpu),
    0.5,
  ),
}));
if (args.json) console.log(JSON.stringify({ rows }));
else {
  for (const { name, wall, cpu } of rows) {
    console.log(`${name.padEnd(40)}${(wall / 1000).toFixed(2)} s, ${(cpu / 1000).toFixed(2)} s of processor time`);
  }
}
