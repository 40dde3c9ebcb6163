import type { Autodrag } from '@autodrag/autodrag';
import { expect, test } from 'vitest';
import { createDraftRule } from './create-draft-rule.js';

test('a model is slow after two whole previews that both took long', () => {
  const [slow, fast] = [{}, {}] as Autodrag[];
  const rule = createDraftRule();
  expect(rule.slow(slow!)).toBe(false);
  rule.took(slow!, 400);
  rule.took(fast!, 400);
  expect([rule.slow(slow!), rule.slow(fast!)]).toEqual([false, false]);
  rule.took(slow!, 95);
  rule.took(fast!, 30);
  rule.took(fast!, 200); // something else was at work
  expect([rule.slow(slow!), rule.slow(fast!)]).toEqual([true, false]);
});
