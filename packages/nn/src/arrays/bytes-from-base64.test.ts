import { expect, it } from 'vitest';
import { bytesFromBase64 } from './bytes-from-base64.js';

it('every byte comes back from its text', () => {
  const bytes = Uint8Array.from({ length: 259 }, (_, i) => i);
  expect(bytesFromBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
  expect(bytesFromBase64('')).toEqual(new Uint8Array(0));
  expect(() => bytesFromBase64('no base64!')).toThrow();
});
