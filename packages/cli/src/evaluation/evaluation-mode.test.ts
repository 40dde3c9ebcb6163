import { expect, it } from 'vitest';
import { UsageError } from '../command.js';
import { evaluateCommand } from '../commands/evaluate.js';
import { evaluationMode } from './evaluation-mode.js';

const refused = (values: Parameters<typeof evaluationMode>[0]) => {
  try {
    evaluationMode(values);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return null;
};

it('is what was asked for, by name', () => {
  expect(evaluationMode({ drags: '5', seed: '1', local: '0', json: true })).toBe('default');
  expect(evaluationMode({ methods: 'none', shard: '1/2', judge: 'features', out: 'a' })).toBe('methods');
  expect(evaluationMode({ merge: 'a,b', out: 'a', model: 'm', judge: 'features' })).toBe('merge');
  expect(evaluationMode({ figures: true, out: 'a', seed: '1' })).toBe('figures');
  expect(evaluationMode({ recipe: 'steps', minutes: '5', set: ['predictor.steps=3'], variants: 'n-1' })).toBe('recipe');
});

it('takes no option that it does not read', () => {
  expect(refused({ recipe: 'steps', shard: '1/2' })).toBe(
    'evaluate: --shard: it goes with --methods, and not with --recipe. Leave it out.',
  );
  expect(refused({ recipe: 'steps', methods: 'none' })).toContain(
    '--methods: it asks for something else, and not with',
  );
  expect(refused({ methods: 'none', minutes: '5' })).toContain('--minutes: it goes with --recipe');
  expect(refused({ minutes: '5' })).toContain('--minutes: it goes with --recipe, and that is not asked for');
  expect(refused({ judge: 'features' })).toContain('--judge: it goes with --merge or --methods');
  expect(refused({ merge: 'a', drags: '3' })).toContain('--drags');
});

it('knows every option of the command', () => {
  const modes = ['recipe', 'figures', 'merge', 'methods'];
  for (const name of Object.keys(evaluateCommand.options).filter((option) => !modes.includes(option))) {
    const takers = [{}, ...modes.map((mode) => ({ [mode]: 'x' }))].filter((mode) => !refused({ ...mode, [name]: 'x' }));
    expect([name, takers.length > 0]).toEqual([name, true]);
  }
});
