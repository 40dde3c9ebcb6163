import { expect, test } from 'vitest';
import { plainAvatar } from '../../test/avatars.js';
import { appearanceNames, checkGeometry, geometryNames, geometryRange } from './parameters.js';

test('52 values of geometry and 28 of appearance, no name twice', () => {
  expect([geometryNames.length, appearanceNames.length]).toEqual([52, 28]);
  expect(new Set([...geometryNames, ...appearanceNames]).size).toBe(80);
});

test('the sides of a pair follow each other, left first, and have one range', () => {
  const lefts = geometryNames.filter((name) => name.endsWith('Left'));
  expect(lefts.length).toBe(11);
  for (const left of lefts) {
    const right = geometryNames[geometryNames.indexOf(left) + 1]!;
    expect(right).toBe(left.replace('Left', 'Right'));
    expect(geometryRange(right)).toEqual(geometryRange(left));
  }
});

test('geometry may go half as far again as its range', () => {
  const { geometry } = plainAvatar();
  expect(() => checkGeometry('test', { ...geometry, jawX: 0.14 })).not.toThrow();
  expect(() => checkGeometry('test', { ...geometry, jawX: 0.15 })).toThrow(
    'test: geometry.jawX: expected a number from -0.1425 to 0.1425, got 0.15. Start from avatarFromLatent.',
  );
  expect(() => geometryRange('yaw2' as never)).toThrow('geometryRange: name: expected one of geometryNames, got yaw2');
});
