import { readFile } from 'node:fs/promises';
import { defaultWeights } from '@autodrag/avatars';
import { expect, test } from 'vitest';
import { readFileInNode } from './read-file-in-node.js';

test('reads the weights that come with the package, and nothing that is no file', async () => {
  const bytes = await readFileInNode(defaultWeights.regularizer);
  expect(Buffer.from(bytes!).equals(await readFile(defaultWeights.regularizer))).toBe(true);
  expect(await readFileInNode(new URL('nowhere.safetensors', defaultWeights.regularizer))).toBeNull();
  expect(await readFileInNode(new URL('https://weights.autodrag.invalid/'))).toBeNull();
  expect(await readFileInNode('regularizer.safetensors')).toBeNull();
});
