import { expect, it } from 'vitest';
import { backendOrder } from './backend-name.js';

it('tries what is preferred first, then the others, fastest first', () => {
  expect(backendOrder()).toEqual(['webgpu', 'webgl', 'wasm']);
  expect(backendOrder('wasm')).toEqual(['wasm', 'webgpu', 'webgl']);
  expect(backendOrder(['webgl', 'wasm', 'webgl'])).toEqual(['webgl', 'wasm', 'webgpu']);
});

it.each([['__proto__'], ['toString'], ['WebGL'], [''], [7], [null], [['wasm', 'cuda']]])('refuses %j', (prefer) => {
  expect(() => backendOrder(prefer as never)).toThrow(
    /prefer: expected 'webgpu', 'webgl', 'wasm' or a list of them, got/,
  );
});
