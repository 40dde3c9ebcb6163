import { expect, test } from 'vitest';
import { runSuite, type SpecResult } from './run-suite.js';

const failing = (results: SpecResult[]) => results.filter(({ status }) => status === 'failed');

/** What fails on wasm with our kernels too, by kind: the list in the README. */
const kinds: Record<string, RegExp> = {
  'complex numbers and Fourier transforms': /Kernel '(Complex|Real|Imag|FFT|IFFT)' not registered/,
  'ragged tensors': /Kernel 'Ragged\w+' not registered/,
  strings: /Unknown dtype string|string comparison|string tensor|for string|StaticRegexReplace/,
  'channels first': /NCHW/,
  "tfjs-core's own count of tensors, where a custom gradient keeps some":
    /has an internal memory leak|gradient registry/,
  "tfjs-core's `threshold` with Otsu's method": /^threshold wasm .* otsu/,
  "a gradient after the suite's own reset of the backend": /^logSigmoid wasm .* gradient with clones/,
};
const kindOf = ({ name, message }: SpecResult) =>
  Object.keys(kinds).find((kind) => kinds[kind]!.test(`${name} :: ${message}`));

test("tfjs-core's own tests: none fails with our kernels that passes without", { timeout: 600_000 }, async () => {
  const { stock, ours } = await runSuite();
  expect(ours.length).toBeGreaterThan(4000);
  expect(ours.length).toBe(stock.length);
  const failedBefore = new Set(failing(stock).map(({ name }) => name));
  const [before, after] = [failing(stock), failing(ours)];
  console.log(`tfjs-core's ${ours.length} tests: ${before.length} fail without, ${after.length} with`);
  for (const kind of Object.keys(kinds))
    console.log(`${after.filter((result) => kindOf(result) === kind).length} ${kind}`);
  const broken = after.filter(({ name }) => !failedBefore.has(name));
  expect(broken.map(({ name, message }) => `${name}: ${message}`)).toEqual([]);
  const unlisted = after.filter((result) => kindOf(result) === undefined);
  expect(unlisted.map(({ name, message }) => `${name}: ${message}`)).toEqual([]);
});
