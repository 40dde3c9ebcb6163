import { InvalidArgumentError } from '@autodrag/nn';
import { describe, expect, it } from 'vitest';
import { discs } from '../test/discs.js';
import { checkDomain } from './check-domain.js';
import type { RenderedDomain } from './rendered-domain.js';

const check = (change: object) => () => checkDomain('train', { ...discs, ...change } as RenderedDomain);

describe('checkDomain', () => {
  it('takes a domain', () => {
    expect(check({})).not.toThrow();
  });

  it.each([
    [{ name: '' }, 'train: domain.name: expected a text, got .'],
    [{ render: undefined }, 'train: domain.render: expected a function, got undefined.'],
    [{ parts: [] }, 'train: domain.parts: expected a function, got a list of 0.'],
    [{ latentDimensions: 2.5 }, 'train: domain.latentDimensions: expected a whole number of at least 1, got 2.5.'],
    [{ geometryDimensions: 5 }, 'train: domain.geometryDimensions: expected a whole number from 1 to 4, got 5.'],
    [
      { landmarkNames: ['a', 'a'] },
      'train: domain.landmarkNames: expected a list of different names, got a list of 2.',
    ],
    [
      { standardPoints: { one: [0], five: [0, 1, 2, 3] } },
      'train: domain.standardPoints.five: expected 5 of the indices 0 to 4, got a list of 4.',
    ],
    [
      { standardPoints: { one: [7], five: [0, 1, 2, 3, 4] } },
      'train: domain.standardPoints.one: expected 1 of the indices 0 to 4',
    ],
    [{ standardPoints: undefined }, 'train: domain.standardPoints.one: expected 1 of the indices'],
    [
      { landmarks: () => ({ points: new Float32Array(4), visible: new Uint8Array(2) }) },
      'train: domain.landmarks: expected 10 coordinates (two for each name), got 4.',
    ],
  ])('refuses %o', (change, message) => {
    expect(check(change)).toThrow(InvalidArgumentError);
    expect(check(change)).toThrow(message);
  });

  it('refuses what is none at all, and says what one is', () => {
    for (const nothing of [undefined, null, 7, 'avatars']) {
      expect(() => checkDomain('train', nothing as never)).toThrow('Pass a RenderedDomain, such as avatarDomain');
    }
  });
});
