// One way to run every measurement: npm run bench -- NAME [arguments]. Without a name: what there is.
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('.', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length));
const [name] = process.argv.splice(2, 1);
if (name !== undefined && names.includes(name)) await import(new URL(`${name}.mjs`, folder).href);
else {
  if (name !== undefined) console.error(`bench: no measurement is called '${name}'.`);
  const width = Math.max(...names.map(({ length }) => length)) + 2;
  for (const each of names) {
    const [, about] = /^\/\/ (.*)/.exec(readFileSync(new URL(`${each}.mjs`, folder), 'utf8')) ?? [];
    console.log(`${each.padEnd(width)}${about?.replace(/[:.]$/, '') ?? ''}`);
  }
  console.log('\nnpm run bench -- NAME [arguments]: the first lines of a file say which it takes.');
  process.exitCode = name === undefined ? 0 : 2;
}
