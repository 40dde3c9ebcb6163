// Fails if anything is missing or invalid, or unless exactly one copy of a package is installed: node one-version.mjs
// NAME
import { execFileSync } from 'node:child_process';

const name = process.argv[2];
const text = execFileSync('npm', ['ls', '--all', '--parseable', '--long'], { encoding: 'utf8' });
const copies = [...new Set(text.split('\n').filter((line) => line.includes(`:${name}@`)))];
if (copies.length !== 1) throw new Error(`expected one copy of ${name}, got ${copies.length}:\n${copies.join('\n')}`);
