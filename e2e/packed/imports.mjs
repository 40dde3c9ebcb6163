// Imports every entry of every package. None may start a TensorFlow.js backend: that is the application's.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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
    const backends = Object.keys(tf.engine().registryFactory);
    if (backends.length) throw new Error(`importing ${specifier} registered the backend ${backends.join(', ')}`);
  }
  if (!about.license) throw new Error(`${about.name} names no license`);
  for (const file of ['README.md', 'LICENSE']) readFileSync(`node_modules/${name}/${file}`);
}
