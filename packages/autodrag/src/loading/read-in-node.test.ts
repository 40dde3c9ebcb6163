import { readFile } from 'node:fs/promises';
import { defaultWeights } from '@autodrag/avatars';
import { expect, test } from 'vitest';
import { readInNode } from './read-in-node.js';

test('reads the weights that come with the package, and nothing that is no file', async () => {
  const bytes = await readInNode(defaultWeights.regularizer);
  expect(Buffer.from(bytes!).equals(await readFile(defaultWeights.regularizer))).toBe(true);
  expect(await readInNode(new URL('nowhere.safetensors', defaultWeights.regularizer))).toBeNull();
  expect(await readInNode(new URL('https://weights.autodrag.invalid/'))).toBeNull();
  expect(await readInNode('regularizer.safetensors')).toBeNull();
});
