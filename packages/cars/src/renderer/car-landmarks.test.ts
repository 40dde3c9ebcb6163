import { InvalidArgumentError } from '@autodrag/nn';
import { describe, expect, test } from 'vitest';
import { drawCars, drawLatents, extremeCars, plainCar } from '../../test/cars.js';
import { carLandmarks, landmarkGroups, landmarkNames } from './car-landmarks.js';
import { type AppearanceName, type CarGeometry, geometryFromLatent } from './parameters.js';
import { renderCar } from './render-car.js';
import { distanceTo } from './rounded-polygon.js';
import { createShape, toPicture } from './shape.js';

const size = 384;
/** Half a pixel of a 128 picture. */
const tolerance = 1.5;

/** Pixels that an appearance parameter colours: where a part is drawn. */
function drawn(geometry: CarGeometry, ...names: AppearanceName[]) {
  const picture = (value: number) =>
    renderCar(
      { geometry, appearance: plainCar({}, Object.fromEntries(names.map((name) => [name, value]))).appearance },
      { resolution: size },
    ).pixels;
  const [a, b] = [picture(-1), picture(1)];
  return (x: number, y: number): boolean => {
    const o = 3 * (Math.round(y) * size + Math.round(x));
    return [0, 1, 2].some((c) => Math.abs(a[o + c]! - b[o + c]!) > 0.04);
  };
}

function at(geometry: CarGeometry, name: string): { x: number; y: number } {
  const i = landmarkNames.indexOf(name);
  expect(i, name).toBeGreaterThanOrEqual(0);
  const { points } = carLandmarks(geometry, { resolution: size });
  return { x: points[2 * i]!, y: points[2 * i + 1]! };
}

/** How far along a direction a mask reaches, beyond a point, within 12 pixels beside it. */
function reach(mask: (x: number, y: number) => boolean, { x, y }: { x: number; y: number }, dx: number, dy: number) {
  let farthest = -20;
  for (let along = -20; along <= 20; along++) {
    for (let aside = -12; aside <= 12; aside++) {
      const [px, py] = [x + along * dx - aside * dy, y + along * dy + aside * dx];
      if (px >= 0 && py >= 0 && px < size && py < size && mask(px, py)) farthest = Math.max(farthest, along);
    }
  }
  return farthest + 0.5;
}

const cars: CarGeometry[] = [
  plainCar({ tilt: 0 }).geometry,
  plainCar({ tilt: 0, roofEnd: 0.2, rearFoot: 0.9, frontRoof: 1.65, rearRoof: 1.65 }).geometry, // a van
  plainCar({ tilt: 0, roofEnd: 1.7, rearFoot: 0.3, bonnetLength: 1.2, rearOverhang: 1.05 }).geometry, // a pick-up
];

test('there are 42 names without a double, and groups name existing ones', () => {
  expect(landmarkNames.length).toBe(42);
  expect(new Set(landmarkNames).size).toBe(42);
  for (const group of Object.values(landmarkGroups)) {
    for (const i of group) expect(landmarkNames[i]).toBeDefined();
  }
  expect(landmarkGroups.five.map((i) => landmarkNames[i])).toEqual([
    'wheel-rear',
    'wheel-front',
    'roof-middle',
    'bumper-front',
    'bumper-rear',
  ]);
});

describe('a landmark lies on what is drawn, within half a pixel of 128:', () => {
  test('bumpers, the top of the roof', () => {
    for (const geometry of cars) {
      const paint = drawn(geometry, 'paintLightness', 'paintRed');
      expect(Math.abs(reach(paint, at(geometry, 'roof-middle'), 0, -1))).toBeLessThan(tolerance);
    }
    // tips that nothing else reaches beyond
    for (const frontBumper of [0.47, 0.6]) {
      const { geometry } = plainCar({ tilt: 0, frontBumper, rearBumper: frontBumper });
      const paint = drawn(geometry, 'paintLightness', 'paintRed', 'cladding', 'headlightWarmth');
      expect(Math.abs(reach(paint, at(geometry, 'bumper-front'), 1, 0))).toBeLessThan(tolerance);
      expect(Math.abs(reach(paint, at(geometry, 'bumper-rear'), -1, 0))).toBeLessThan(tolerance);
    }
  });

  test('the wheels: the rim around its centre, and the tyre on the road', () => {
    for (const geometry of cars) {
      const rim = drawn(geometry, 'rimLightness');
      for (const side of ['rear', 'front']) {
        const centre = at(geometry, `wheel-${side}`);
        const radius = (side === 'rear' ? geometry.rearWheel : geometry.frontWheel) * geometry.scale * size;
        const ends = [-1, 1].map((sign) => {
          let end = 0;
          for (let k = 0; k < radius; k++) if (rim(centre.x + sign * k, centre.y)) end = k;
          return end;
        });
        expect(Math.abs(ends[0]! - ends[1]!)).toBeLessThanOrEqual(2 * tolerance);
        expect(ends[0]! / radius).toBeCloseTo(0.69, 1);
        const bottom = at(geometry, `wheel-${side}-bottom`);
        expect(bottom.y - centre.y).toBeCloseTo(radius, 3);
        // the tyre is dark above the point, the road not as dark below it
        const { pixels } = renderCar({ geometry, appearance: plainCar().appearance }, { resolution: size });
        const green = (y: number) => pixels[3 * (Math.round(y) * size + Math.round(bottom.x)) + 1]!;
        expect(green(bottom.y - 3)).toBeLessThan(-0.6);
      }
    }
  });

  test('the corners of the glass', () => {
    for (const geometry of cars) {
      const glass = drawn(geometry, 'glassLightness', 'glassTint');
      for (const [name, dx, dy] of [
        ['window-front-low', 0, 1],
        ['window-front-top', 0, -1],
        ['window-rear-top', 0, -1],
        ['window-rear-low', 0, 1],
      ] as const) {
        // beside a corner the edges go on: the outline is met at the corner itself
        const { x, y } = at(geometry, name);
        let last = -20;
        for (let k = -12; k <= 12; k++) if (glass(x, y + k * dy)) last = Math.max(last, k);
        expect(dx).toBe(0);
        expect(Math.abs(last + 0.5), name).toBeLessThan(2 * tolerance);
      }
    }
  });

  test('the lights', () => {
    for (const geometry of cars) {
      const head = drawn(geometry, 'headlightWarmth');
      const low = at(geometry, 'headlight-low');
      const top = at(geometry, 'headlight-top');
      expect(Math.abs(reach(head, { x: top.x, y: top.y }, -1, 0))).toBeLessThan(2 * tolerance);
      expect(Math.abs(reach(head, low, 0, 1))).toBeLessThan(2 * tolerance);
      const { pixels } = renderCar({ geometry, appearance: plainCar().appearance }, { resolution: size });
      const red = (x: number, y: number) => {
        const o = 3 * (Math.round(y) * size + Math.round(x));
        return pixels[o]! - pixels[o + 1]! > 0.5;
      };
      expect(Math.abs(reach(red, at(geometry, 'taillight-top'), 1, 0))).toBeLessThan(2 * tolerance);
    }
  });
});

test('the corners of body and glass lie on their outlines, exactly, for any car', () => {
  for (const { geometry } of [...drawCars(60, 3), ...extremeCars()]) {
    const h = createShape(geometry);
    const { points } = carLandmarks(geometry, { resolution: 128 });
    for (const [outline, indices] of [
      [h.body, landmarkGroups.outline],
      [h.glass, landmarkGroups.glass.filter((i) => landmarkNames[i]!.startsWith('window-'))],
      [h.glass, landmarkGroups.glass.filter((i) => landmarkNames[i]!.startsWith('pillar-'))],
    ] as const) {
      for (const i of indices) {
        const [x, y] = [(points[2 * i]! + 0.5) / 128 - h.carX, (points[2 * i + 1]! + 0.5) / 128 - h.roadY];
        const X = (h.cosine * x + h.sine * y) / h.scale;
        const Y = (h.sine * x - h.cosine * y) / h.scale;
        expect(Math.abs(distanceTo(outline, X, Y)), landmarkNames[i]).toBeLessThan(1e-4);
      }
    }
  }
});

test('the glass lies on the body, the lights reach over its ends', () => {
  for (const { geometry } of [...drawCars(200, 4), ...extremeCars()]) {
    const h = createShape(geometry);
    for (const { x, y } of h.glass.corners) expect(distanceTo(h.body, x, y)).toBeLessThan(-0.02);
    expect(h.headlight.right).toBeGreaterThan(h.body.corners[1]!.x);
    expect(h.taillight.left).toBeLessThan(h.body.corners[9]!.x);
  }
});

test('of random latents fewer than one in 300 has a landmark outside of the picture, and none of those counts as seen', () => {
  let cut = 0;
  for (const { geometry } of drawCars(1500, 21)) {
    const { points, visible } = carLandmarks(geometry);
    const outside = landmarkNames.flatMap((_, i) =>
      [points[2 * i]!, points[2 * i + 1]!].some((value) => !(value >= 0 && value <= 127)) ? [i] : [],
    );
    if (outside.length > 0) cut++;
    for (const i of outside) expect(visible[i]).toBe(0);
  }
  expect(cut).toBeLessThan(5);
});

test('front and rear are apart: what shapes one end leaves the other where it is', () => {
  const before = carLandmarks(plainCar().geometry).points;
  const moved = (change: Partial<CarGeometry>) => {
    const after = carLandmarks(plainCar(change).geometry).points;
    return landmarkNames.filter(
      (_, i) => Math.hypot(after[2 * i]! - before[2 * i]!, after[2 * i + 1]! - before[2 * i + 1]!) > 0.02,
    );
  };
  expect(moved({ frontWheel: 0.37 }).every((name) => /front/.test(name))).toBe(true);
  expect(moved({ frontBumper: 0.6 }).sort()).toEqual(
    ['bonnet-front', 'bumper-front', 'bumper-front-low', 'headlight-low', 'headlight-top'].sort(),
  );
  expect(moved({ rearOverhang: 1 })).not.toContain('bumper-front');
  expect(moved({ rearOverhang: 1 })).not.toContain('windscreen-foot');
  expect(moved({ tailDrop: 0.12 }).every((name) => /tail|deck-front|bumper-rear$/.test(name))).toBe(true);
  expect(moved({ mirror: 0.2 })).toEqual(['mirror']);
});

test('landmarks are smooth in the latent: slopes on both sides of any place agree', () => {
  const step = 1e-3;
  const directions = drawLatents(30, 8);
  drawLatents(30, 7).forEach((z, k) => {
    const at = (t: number) =>
      carLandmarks(geometryFromLatent(Float64Array.from(z, (value, i) => value + t * directions[k]![i]!)), {
        resolution: 4096,
      }).points;
    const [a, b, c] = [at(-step), at(0), at(step)];
    b.forEach((value, i) => {
      // a second difference of a smooth function is small in the square of the step; a kink's is of the step
      expect(Math.abs(a[i]! - 2 * value + c[i]!)).toBeLessThan(0.02);
    });
  });
});

test('a picture twice as large has landmarks twice as far: (x + 0.5) scales', () => {
  const { geometry } = drawCars(1, 23)[0]!;
  const small = carLandmarks(geometry, { resolution: 64 }).points;
  const large = carLandmarks(geometry, { resolution: 128 }).points;
  small.forEach((value, i) => {
    expect(large[i]! + 0.5).toBeCloseTo(2 * (value + 0.5), 3);
  });
});

test('visibility: the hollow of a wheel hides what is in it, the mirror what is behind it', () => {
  const seen = (geometry: CarGeometry, name: string) =>
    carLandmarks(geometry).visible[landmarkNames.indexOf(name)] === 1;
  const wide = plainCar({ frontAxle: 1.4, frontWheel: 0.3, frontArch: 0.04, doorEdge: 0.25 }).geometry;
  const near = plainCar({ frontAxle: 1.12, frontWheel: 0.38, frontArch: 0.09, doorEdge: 0.07 }).geometry;
  expect([seen(wide, 'door-front-low'), seen(near, 'door-front-low')]).toEqual([true, false]);
  expect([seen(near, 'wheel-front'), seen(near, 'mirror')]).toEqual([true, true]);
  const forward = plainCar({ mirror: 0.06, mirrorSize: 0.13 }).geometry;
  const back = plainCar({ mirror: 0.22, mirrorSize: 0.08 }).geometry;
  expect([seen(back, 'window-front-low'), seen(forward, 'window-front-low')]).toEqual([true, false]);
});

test('the road slopes with the car', () => {
  const h = createShape(plainCar({ tilt: 0.1 }).geometry);
  const [rear, front] = [toPicture(h, { x: -1, y: 0 }), toPicture(h, { x: 1, y: 0 })];
  expect((front.y - rear.y) / (front.x - rear.x)).toBeCloseTo(Math.tan(0.1), 6);
});

test('errors', () => {
  const { geometry } = plainCar();
  expect(() => carLandmarks({ ...geometry, tilt: Number.NaN })).toThrow(InvalidArgumentError);
  expect(() => carLandmarks({ ...geometry, tilt: Number.NaN })).toThrow('carLandmarks: geometry.tilt: expected');
  expect(() => carLandmarks(geometry, { resolution: -1 })).toThrow(
    'carLandmarks: resolution: expected an integer from 4 to 4096, got -1',
  );
});
