import { beforeEach, expect, it, vi } from 'vitest';
import { plainWords } from './plain-words.js';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

it.each([
  [
    'CHECKPOINT_TRUNCATED',
    'importStyleGan2: the file ends before its content does (at byte 300000). Fetch it again.',
    'This file cannot be used as a model. The file ends before its content does (at byte 300000). Fetch it again.',
  ],
  [
    'MODEL',
    "loadAutodrag: generator 'http://127.0.0.1:1/a/b.safetensors': loadStyleGan2: expected a whole safetensors file. Fetch it again.",
    "This file cannot be used as a model. Generator 'b.safetensors': expected a whole safetensors file. Fetch it again.",
  ],
  [
    'MODEL',
    "loadAutodrag: generator: 'http://x/g.safetensors' answers 404 Not Found. Check the address.",
    "A file is missing on the server. ('g.safetensors' answers 404 Not Found. Check the address.)",
  ],
  ['POINT', 'drag: points[0].handle: expected x from 0 to 31, got (40, 1)', 'Expected x from 0 to 31, got (40, 1)'],
  [
    undefined,
    'RangeError: Array buffer allocation failed',
    'The device has run out of memory. Close other tabs, or choose another backend in the model panel. Nothing is lost.',
  ],
  [
    undefined,
    'Failed to fetch dynamically imported module: http://127.0.0.1:1/assets/gifenc-X.js',
    "A file could not be loaded. Check the connection and try again. (Failed to fetch dynamically imported module: 'gifenc-X.js')",
  ],
  [undefined, 'Failed to fetch', 'A file could not be loaded. Check the connection and try again. (Failed to fetch)'],
])('speaks to people, not to developers: %s %s', (code, message, words) => {
  expect(plainWords(Object.assign(new Error(message), { code }))).toBe(words);
});

it('takes whatever was thrown', () => {
  for (const odd of [undefined, null, 'text', 5, {}, Object.create(null)]) {
    expect(typeof plainWords(odd)).toBe('string');
  }
});
