import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AutodragError, WeightFileError } from './errors.js';
import { printable, quote } from './printable.js';

it.each([
  ['ESC', '\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
  ['BEL, NUL, DEL, TAB and line ends', '\u0007\0\u007f\t\r\n', '\\x07\\x00\\x7f\\x09\\x0d\\x0a'],
  ['C1', '\u009b31m\u0085', '\\x9b31m\\x85'],
  ['bidi overrides and isolates', 'a\u202eb\u2066c\u2069', 'a\\u202eb\\u2066c\\u2069'],
  ['bidi marks', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
  ['line separators', '\u2028\u2029', '\\u2028\\u2029'],
  ['zero widths', 'a\u200bb\u200dc\ufeffd\u2060\u00ad', 'a\\u200bb\\u200dc\\ufeffd\\u2060\\xad'],
  ['fillers that show nothing', '\u3164\u115f\u180e', '\\u3164\\u115f\\u180e'],
  ['tags', '\u{e0041}\u{e007f}', '\\u{e0041}\\u{e007f}'],
  ['lone surrogates', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
  ['noncharacters and private use', '\ufffe\u{10ffff}\ue000', '\\ufffe\\u{10ffff}\\ue000'],
  ['towers of accents', `e${'\u0301'.repeat(5)}`, 'e\u0301\u0301\u0301\\u0301\\u0301'],
  ['common text', 'synthesis.b4.conv1 – ünï 漢字 עברית 👍', 'synthesis.b4.conv1 – ünï 漢字 עברית 👍'],
])('%s', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(quote(text)).toBe(`'${shown}'`);
});

it('cuts, never within a character or an escape', () => {
  expect(printable('a'.repeat(100))).toBe(`${'a'.repeat(80)}…`);
  expect(printable('abcd', { longest: 4 })).toBe('abcd');
  expect(printable('abc👍', { longest: 4 })).toBe('abc…');
  expect(printable('abc\u001b', { longest: 6 })).toBe('abc…');
  expect(printable('x'.repeat(50_000_000)).length).toBe(81);
});

it('leaves JSON what it is', () => {
  const value = { a: '\u009b\u202e\u{e0041}\ufeff é 漢', '\u2028': '\u001b' };
  const shown = printable(JSON.stringify(value), { json: true, longest: Number.POSITIVE_INFINITY });
  expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(shown)).toEqual(value);
});

it('takes anything', () => {
  expect(printable(undefined)).toBe('undefined');
  expect(printable(Object.create(null))).toBe('object');
  const angry = {
    toString() {
      throw new Error('no');
    },
  };
  expect(printable(angry)).toBe('object');
});

it('5000 random texts become plain ones', () => {
  const forbidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0x10ffff }),
    fc.integer({ min: 0, max: 0x2100 }),
    fc.integer({ min: 0xd7f0, max: 0xe010 }),
  );
  const text = fc.array(unit).map((codes) => codes.map((code) => String.fromCodePoint(code)).join(''));
  fc.assert(
    fc.property(text, fc.nat(50), (foreign, longest) => {
      const shown = printable(foreign, { longest });
      expect(shown).not.toMatch(forbidden);
      expect(shown.length).toBeLessThanOrEqual(longest + 1);
    }),
    { numRuns: 5000, seed: 1 },
  );
});

it('no error of ours carries controls, neither itself nor in its cause', () => {
  let cause: unknown;
  try {
    JSON.parse('\u001b[2J');
  } catch (error) {
    cause = error;
  }
  const error = new WeightFileError('f: \u001b[2J\nnext \u202e line', { cause });
  expect(error).toBeInstanceOf(AutodragError);
  expect(error.message).toBe('f: \\x1b[2J\nnext \\u202e line');
  expect((error.cause as Error).message).not.toContain('\u001b');
  expect((error.cause as Error).name).toBe('SyntaxError');
  expect(String(error.stack)).not.toContain('\u001b');
  const plain = new Error('plain');
  expect(new WeightFileError('f', { cause: plain }).cause).toBe(plain);
});
