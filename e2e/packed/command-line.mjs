// The installed `autodrag`, with the default model or a folder's: node command-line.mjs [FOLDER]
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const model = folder ? ['--model', folder] : [];

/** Runs it as a user would, and gives what it printed. */
function autodrag(...args) {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'autodrag', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr, command: `autodrag ${args.join(' ')}` };
}

function succeeds(...args) {
  const { status, stdout, stderr, command } = autodrag(...args);
  assert.equal(status, 0, `${command} ended with status ${status}: ${stderr}`);
  return stdout;
}

const { version } = JSON.parse(readFileSync('node_modules/autodrag/package.json', 'utf8'));
assert.equal(succeeds('--version'), `${version}\n`);
const help = succeeds('--help');
for (const name of ['edit', 'sample', 'info', 'import', 'match', 'train'])
  assert.match(help, RegExp(`^  ${name} `, 'm'));

const info = JSON.parse(succeeds('info', ...model, '--json'));
assert.equal(info.version, version);
assert.equal(info.backends.find(({ name }) => name === 'wasm').installed, true);
assert.ok(info.weights.length >= 3, `autodrag info found ${info.weights.length} weight files`);
assert.match(succeeds('info', ...model), /backends\n.*weights\n/s);

const edit = JSON.parse(succeeds('edit', '--example', ...model, '-o', 'edited', '--json'));
assert.equal(edit.backend, 'wasm');
assert.ok(edit.distanceAfter <= edit.distanceBefore);
for (const file of ['before.png', 'after.png', 'plain.png', 'motion.gif', 'latent.safetensors']) {
  assert.ok(existsSync(join('edited', file)), `edit wrote no ${file}`);
}
console.log(
  `NOTE edit --example: ${edit.distanceBefore.toFixed(1)} px before, ${edit.distanceAfter.toFixed(1)} px after`,
);

// OpenCV and its worker, out of the installed package
const match = JSON.parse(succeeds('match', 'edited/plain.png', 'edited/plain.png', '-o', 'matches.png', '--json'));
assert.ok(existsSync('matches.png'));
console.log(`NOTE match: ${JSON.stringify(match).slice(0, 120)}`);

const wrong = autodrag('fly');
assert.equal(wrong.status, 2);
assert.match(wrong.stderr, /^autodrag: no command is called 'fly'[^\n]*\n$/);
