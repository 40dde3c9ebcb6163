import { checkResolution, type Landmarks } from '@autodrag/rendered-domain';
import { type CarGeometry, checkGeometry } from './parameters.js';
import { alongEdge, cornerOf, type Point } from './rounded-polygon.js';
import { bodyCorners, createShape, glassCorners, type Shape, toPicture } from './shape.js';

/** What may hide a landmark: of the body the hollows of the wheels and the mirror, of wheels and mirror nothing. */
type Layer = 'body' | 'front';
type Landmark = { readonly name: string; readonly layer: Layer; readonly at: (h: Shape) => Point };

const list: Landmark[] = [];
const add = (name: string, layer: Layer, at: (h: Shape) => Point): void => {
  list.push({ name, layer, at });
};

for (const side of ['rear', 'front'] as const) {
  add(`wheel-${side}`, 'front', (h) => ({ x: h[side].x, y: h[side].radius }));
  add(`wheel-${side}-bottom`, 'front', (h) => ({ x: h[side].x, y: 0 }));
  add(`wheel-${side}-back`, 'front', (h) => ({ x: h[side].x - h[side].radius, y: h[side].radius }));
  add(`wheel-${side}-ahead`, 'front', (h) => ({ x: h[side].x + h[side].radius, y: h[side].radius }));
  // 30 degrees up on either side, where every body reaches around the arch
  add(`arch-${side}-top`, 'front', (h) => ({ x: h[side].x, y: h[side].radius + h[side].arch }));
  for (const [name, sign] of [
    ['back', -1],
    ['ahead', 1],
  ] as const) {
    add(`arch-${side}-${name}`, 'front', ({ [side]: { x, radius, arch } }) => ({
      x: x + sign * arch * Math.sin(Math.PI / 3),
      y: radius + 0.5 * arch,
    }));
  }
}
bodyCorners.forEach((name, i) => {
  add(name, 'body', (h) => cornerOf(h.body, i));
});
glassCorners.forEach((name, i) => {
  add(name, 'body', (h) => cornerOf(h.glass, i));
});
add('pillar-low', 'body', (h) => h.pillar.from);
add('pillar-top', 'body', (h) => h.pillar.to);
add('sill-middle', 'body', (h) => alongEdge(h.body, bodyCorners.length - 1, 0.5));
for (const door of ['doorFront', 'doorMiddle', 'doorRear'] as const) {
  add(`${door.replace('door', 'door-').toLowerCase()}-low`, 'body', (h) => h[door].from);
}
add('handle-front', 'body', (h) => h.handleFront);
add('handle-rear', 'body', (h) => h.handleRear);
add('headlight-top', 'body', (h) => cornerOf(h.headlight, 2));
add('headlight-low', 'body', (h) => cornerOf(h.headlight, 3));
add('taillight-low', 'body', (h) => cornerOf(h.taillight, 0));
add('taillight-top', 'body', (h) => cornerOf(h.taillight, 1));
add('mirror', 'front', (h) => h.mirror);

/** Names of the landmarks; the car drives to the right, so 'ahead' is there. */
export const landmarkNames: readonly string[] = list.map(({ name }) => name);

const indicesOf = (...names: string[]): number[] => names.map((name) => landmarkNames.indexOf(name));
const startingWith = (...prefixes: string[]): number[] =>
  landmarkNames.flatMap((name, i) => (prefixes.some((prefix) => name.startsWith(prefix)) ? [i] : []));

/** Indices into `landmarkNames`: the one and five standard points of drag evaluations, and the parts of the car. */
export const landmarkGroups = {
  one: indicesOf('bonnet-front'),
  five: indicesOf('wheel-rear', 'wheel-front', 'roof-middle', 'bumper-front', 'bumper-rear'),
  rearWheel: startingWith('wheel-rear', 'arch-rear'),
  frontWheel: startingWith('wheel-front', 'arch-front'),
  outline: indicesOf(...bodyCorners),
  glass: startingWith('window-', 'pillar-'),
  doors: startingWith('door-', 'handle-'),
  headlight: indicesOf('headlight-top', 'headlight-low'),
  taillight: indicesOf('taillight-top', 'taillight-low'),
} as const satisfies Record<string, readonly number[]>;

export type CarLandmarks = Landmarks & {
  /** the same as `landmarkNames` */
  readonly names: readonly string[];
};

/**
 * Exact landmarks: points of the same outlines that the painter fills, so independent of appearance.
 *
 * @throws InvalidArgumentError for a parameter that is missing, not finite or out of range, or a bad resolution
 */
export function carLandmarks(geometry: CarGeometry, { resolution = 128 }: { resolution?: number } = {}): CarLandmarks {
  checkGeometry('carLandmarks', geometry);
  const size = checkResolution('carLandmarks', resolution);
  const h = createShape(geometry);
  const points = new Float32Array(list.length * 2);
  const visible = new Uint8Array(list.length);
  list.forEach(({ layer, at }, i) => {
    const place = at(h);
    const { x, y } = toPicture(h, place);
    points[2 * i] = x * size - 0.5;
    points[2 * i + 1] = y * size - 0.5;
    const framed = x >= 0.5 / size && y >= 0.5 / size && x <= 1 - 0.5 / size && y <= 1 - 0.5 / size;
    visible[i] = framed && !(layer === 'body' && hidden(h, place)) ? 1 : 0;
  });
  return { names: landmarkNames, points, visible };
}

/** Is the place in a hollow of the wheels, or behind the mirror? */
function hidden(h: Shape, { x, y }: Point): boolean {
  const inHollow = [h.rear, h.front].some((wheel) => Math.hypot(x - wheel.x, y - wheel.radius) < wheel.arch);
  const u = (x - h.mirror.x) / h.mirrorSize;
  const v = (y - h.mirror.y) / (0.62 * h.mirrorSize);
  return inHollow || u * u + v * v < 1;
}
