import { InvalidArgumentError } from '@autodrag/nn';
import { describe, expect, it } from 'vitest';
import { displayOf, type Padding, padPicture } from './pad-picture.js';

/** Pixels of one number each, for all four of their values. */
const picture = (width: number, height: number, values: number[]) => ({
  width,
  height,
  data: Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, value])),
});

describe('padPicture', () => {
  it('puts white on both sides of an upright picture', () => {
    expect(padPicture(picture(1, 3, [1, 2, 3]))).toEqual(picture(3, 3, [255, 1, 255, 255, 2, 255, 255, 3, 255]));
    expect(displayOf({ width: 256, height: 512 })).toEqual({ width: 512, height: 512, left: 128, top: 0 });
  });

  it('puts it above and below a wide one, more below where it does not come out even', () => {
    expect(padPicture(picture(2, 1, [1, 2]))).toEqual(picture(2, 2, [1, 2, 255, 255]));
    expect(displayOf({ width: 5, height: 2 })).toEqual({ width: 5, height: 5, left: 0, top: 1 });
  });

  it('leaves square pictures alone, and others if told so', () => {
    const square = picture(2, 2, [1, 2, 3, 4]);
    expect(padPicture(square)).toBe(square);
    const tall = picture(1, 2, [1, 2]);
    expect(padPicture(tall, { pad: 'none' })).toBe(tall);
    expect(displayOf(tall, { pad: 'none' })).toEqual({ width: 1, height: 2, left: 0, top: 0 });
  });

  it('names a padding that there is none of', () => {
    expect(() => padPicture(picture(1, 1, [1]), { pad: 'round' as Padding })).toThrow(
      new InvalidArgumentError("pad: expected 'square' or 'none', got 'round'"),
    );
  });
});
