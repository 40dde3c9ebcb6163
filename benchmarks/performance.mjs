// Everything that docs/performance.md shows, section by section; hours on a small machine:
//   npm run bench -- performance [--only edit,pass,growth,start] [--dry]
// The comparison with PyTorch needs a Python with torch and numpy: `PYTHON=path`; without it that one fails alone.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const autodrag = ['packages/cli/bin/autodrag.js', 'bench'];
const bench = (name, ...args) => ['benchmarks/run.mjs', name, ...args];

/** By section of the page: arguments of Node, from the root of the repository. */
const sections = {
  edit: [
    [...autodrag, '--passes', '31'],
    [...autodrag, '--backend', 'node', '--passes', '9'],
  ],
  pass: ['wasm', 'node'].flatMap((backend) =>
    [[], ['--model', 'config-f-256']].map((model) => bench('onnx', '--backend', backend, ...model)),
  ),
  growth: [bench('sizes', '--plot', 'docs/performance'), bench('growth', '--plot', 'docs/performance')],
  start: [bench('start'), bench('training-steps'), bench('pytorch', '--python', process.env.PYTHON ?? 'python3')],
};

const { values: args } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(sections).join() },
    dry: { type: 'boolean', default: false },
  },
});
let failed = 0;
for (const name of args.only.split(',')) {
  if (!Object.hasOwn(sections, name)) {
    console.error(`--only: expected names out of ${Object.keys(sections).join(', ')}, got '${name}'.`);
    process.exitCode = 2;
    break;
  }
  for (const command of sections[name]) {
    console.log(`\n=== ${name}: node ${command.join(' ')}`);
    if (args.dry) continue;
    const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    if (status === 0) continue;
    failed++;
    console.error(`${name}: ended with status ${status}; the others go on`); // a backend may be missing here
  }
}
if (failed > 0) process.exitCode = 1;
