import { createHash } from 'node:crypto';
import { InvalidArgumentError } from '@autodrag/nn';
import { describe, expect, test } from 'vitest';
import { drawAvatars, drawLatents, extremeAvatars, plainAvatar } from '../../test/avatars.js';
import { avatarLandmarks } from './avatar-landmarks.js';
import { avatarFromLatent } from './latent-layout.js';
import { renderAvatar } from './render-avatar.js';

describe('the picture', () => {
  // Generators were trained on these very pictures: a change of the look means to train them again.
  test('is pinned', () => {
    const hash = createHash('sha256');
    for (let seed = 0; seed < 4; seed++) {
      const z = Float32Array.from({ length: 80 }, (_, i) => 1.4 * Math.sin(1 + seed * 17 + i * i * 0.7));
      const avatar = avatarFromLatent(z);
      hash.update(Uint8Array.from(renderAvatar(avatar).pixels, (value) => Math.round((value + 1) * 20)));
      hash.update(
        Int16Array.from(avatarLandmarks(avatar.geometry).points.subarray(0, 182), (value) => Math.round(value * 8)),
      );
    }
    expect(hash.digest('hex')).toBe('0893edff68c50c81909605366ecc3255f9ed87234a184f0200ad6850139fa8c4');
  });

  test('stays in [-1, 1] at every extreme', () => {
    for (const avatar of [...extremeAvatars(), ...drawAvatars(40, 9)]) {
      const { pixels } = renderAvatar(avatar, { resolution: 48 });
      let low = 0;
      let high = 0;
      for (const value of pixels) {
        if (!(value >= low)) low = value;
        if (!(value <= high)) high = value;
      }
      expect(low).toBeGreaterThanOrEqual(-1);
      expect(high).toBeLessThanOrEqual(1);
    }
  });

  test('is the same at every resolution, up to averaging', () => {
    const limits = { 16: 0.04, 32: 0.024, 64: 0.012 } as const;
    for (const small of [16, 32, 64] as const) {
      let error = 0;
      const avatars = drawAvatars(6, 2);
      for (const avatar of avatars) {
        const large = renderAvatar(avatar, { resolution: 128 }).pixels;
        const { pixels } = renderAvatar(avatar, { resolution: small });
        const k = 128 / small;
        pixels.forEach((value, o) => {
          const channel = o % 3;
          const x = Math.floor(o / 3) % small;
          const y = Math.floor(o / 3 / small);
          let sum = 0;
          for (let j = 0; j < k * k; j++) {
            sum += large[((y * k + Math.floor(j / k)) * 128 + x * k + (j % k)) * 3 + channel]!;
          }
          error += Math.abs(value - sum / (k * k)) / pixels.length / avatars.length;
        });
      }
      expect(error, `${small}`).toBeLessThan(limits[small]);
    }
  });

  test('supersampling is the average of a larger picture', () => {
    const avatar = drawAvatars(1, 3)[0]!;
    const large = renderAvatar(avatar, { resolution: 32 }).pixels;
    const { pixels } = renderAvatar(avatar, { resolution: 16, supersampling: 2 });
    const [x, y, channel] = [7, 9, 1];
    let sum = 0;
    for (const j of [0, 1]) for (const i of [0, 1]) sum += large[((2 * y + j) * 32 + 2 * x + i) * 3 + channel]!;
    expect(pixels[(y * 16 + x) * 3 + channel]).toBeCloseTo(sum / 4, 6);
  });

  test('changes little when the latent changes little', () => {
    const step = 1e-3;
    const directions = drawLatents(24, 8);
    drawLatents(24, 7).forEach((z, k) => {
      const near = z.map((value, i) => value + step * directions[k]![i]!);
      const a = renderAvatar(avatarFromLatent(z), { resolution: 64 }).pixels;
      const b = renderAvatar(avatarFromLatent(near), { resolution: 64 }).pixels;
      const mean = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
      expect(mean).toBeLessThan(step);
    });
  });

  test('is written where it is asked for', () => {
    const avatar = drawAvatars(1, 4)[0]!;
    const batch = new Float32Array(3 * 16 * 16 * 3).fill(9);
    const out = batch.subarray(768, 1536);
    expect(renderAvatar(avatar, { resolution: 16, out }).pixels).toBe(out);
    expect(out).toEqual(renderAvatar(avatar, { resolution: 16 }).pixels);
    expect([batch[767], batch[1536]]).toEqual([9, 9]);
  });

  test('a crop is that part of the whole picture', () => {
    const avatar = drawAvatars(1, 6)[0]!;
    const crop = { x: 13, y: 9, width: 30, height: 21 };
    for (const supersampling of [1, 2]) {
      const whole = renderAvatar(avatar, { resolution: 64, supersampling }).pixels;
      const { pixels } = renderAvatar(avatar, { resolution: 64, supersampling, crop });
      expect(pixels.length).toBe(30 * 21 * 3);
      pixels.forEach((value, o) => {
        const [x, y] = [crop.x + (Math.floor(o / 3) % 30), crop.y + Math.floor(o / 90)];
        expect(value).toBe(whole[(y * 64 + x) * 3 + (o % 3)]);
      });
    }
  });

  test('has texture that a corner detector can hold on to', () => {
    // FAST-like: pixels whose Harris response (3x3 sums of gradients) is clear of noise
    for (const avatar of drawAvatars(8, 11)) {
      expect(corners(renderAvatar(avatar).pixels, 128)).toBeGreaterThan(150);
    }
  });
});

test('appearance never moves a landmark: it is not even an argument', () => {
  const { geometry } = plainAvatar();
  expect(avatarLandmarks(geometry).points).toEqual(avatarLandmarks(plainAvatar({}, { skinTone: 1 }).geometry).points);
});

describe('errors', () => {
  const avatar = plainAvatar();
  test.each([
    [{ resolution: 0 }, 'renderAvatar: resolution: expected an integer from 4 to 4096, got 0'],
    [{ resolution: 12.5 }, 'renderAvatar: resolution: expected an integer from 4 to 4096, got 12.5'],
    [
      { crop: { x: 100, y: 0, width: 40, height: 8 } },
      'renderAvatar: crop: expected whole pixels within 128 x 128, got x 100, y 0, width 40, height 8.',
    ],
    [{ supersampling: 0 }, 'renderAvatar: supersampling: expected an integer from 1 to 8, got 0'],
    [{ resolution: 16, out: new Float32Array(5) }, 'renderAvatar: out: expected a Float32Array of 768 values'],
    [{ out: [] as never }, 'renderAvatar: out: expected a Float32Array of 49152 values (128 x 128 x 3), got '],
  ])('%o', (options, message) => {
    expect(() => renderAvatar(avatar, options)).toThrow(InvalidArgumentError);
    expect(() => renderAvatar(avatar, options)).toThrow(message);
  });

  test('of parameters name the parameter', () => {
    expect(() => renderAvatar(plainAvatar({ yaw: Number.NaN }))).toThrow(
      'renderAvatar: geometry.yaw: expected a number from -0.93 to 0.93, got NaN',
    );
    expect(() => renderAvatar(plainAvatar({ scale: 3 }))).toThrow('renderAvatar: geometry.scale: expected a number');
    expect(() => renderAvatar(plainAvatar({}, { light: 7 }))).toThrow('renderAvatar: appearance.light: expected');
    expect(() => renderAvatar({ geometry: avatar.geometry } as never)).toThrow(
      'renderAvatar: appearance.skinTone: expected a number from -1.5 to 1.5, got undefined',
    );
    expect(() => renderAvatar(undefined as never)).toThrow('renderAvatar: geometry.headX');
  });
});

function corners(pixels: Float32Array, size: number): number {
  const grey = Float32Array.from({ length: size * size }, (_, i) => pixels[3 * i + 1]!);
  let count = 0;
  for (let y = 2; y < size - 2; y++) {
    for (let x = 2; x < size - 2; x++) {
      let xx = 0;
      let yy = 0;
      let xy = 0;
      for (let j = -1; j <= 1; j++) {
        for (let i = -1; i <= 1; i++) {
          const o = (y + j) * size + x + i;
          const gx = grey[o + 1]! - grey[o - 1]!;
          const gy = grey[o + size]! - grey[o - size]!;
          xx += gx * gx;
          yy += gy * gy;
          xy += gx * gy;
        }
      }
      const least = 0.5 * (xx + yy - Math.sqrt((xx - yy) ** 2 + 4 * xy * xy));
      if (least > 0.05) count++;
    }
  }
  return count;
}
