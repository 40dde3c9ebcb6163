// Imports every entry of every package. None may start a TensorFlow.js backend: that is the application's.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isAutodragError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

for (const name of ['autodrag', ...readdirSync('node_modules/@autodrag').map((folder) => `@autodrag/${folder}`)]) {
  const about = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
  for (const entry of Object.keys(about.exports)) {
    const specifier = about.name + entry.slice(1);
    if (entry === './worker' || entry === './import-map.js') {
      // for a thread of its own, or a classic script: it exports nothing
      if (!existsSync(fileURLToPath(import.meta.resolve(specifier)))) throw new Error(`${specifier} is no file`);
      continue;
    }
    const names = Object.keys(await import(specifier));
    if (names.length === 0) throw new Error(`${specifier} exports nothing`);
    if (names.includes('default')) throw new Error(`${specifier} has a default export`);
    for (const [exported, value] of Object.entries(await import(specifier))) {
      if (typeof value !== 'function' || !(value.prototype instanceof Error)) continue;
      // As a minifier leaves it: the class has another name, and its errors are told all the same.
      const error = new (class extends value {})('CODE', 'a rule');
      // What a signal stopped is called AbortError, as everywhere.
      const named = [exported, 'AbortError'].includes(error.name);
      const told = isAutodragError(error) && typeof error.code === 'string' && named;
      if (!told) throw new Error(`${specifier}: ${exported}: its errors have no code, or not the name '${exported}'`);
    }
    const backends = Object.keys(tf.engine().registryFactory);
    if (backends.length) throw new Error(`importing ${specifier} registered the backend ${backends.join(', ')}`);
  }
  if (!about.license) throw new Error(`${about.name} names no license`);
  for (const file of ['README.md', 'LICENSE']) readFileSync(`node_modules/${name}/${file}`);
}
