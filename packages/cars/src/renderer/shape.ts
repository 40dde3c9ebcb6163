import type { CarGeometry } from './parameters.js';
import { alongEdge, cornerOf, createRoundedPolygon, type Point, type RoundedPolygon } from './rounded-polygon.js';

/**
 * The car from the side. Two frames:
 *
 * - *picture*: (x, y) in fractions of the picture, (0, 0) the upper left corner;
 * - *car*: (X, Y) in car units, turned with the road, (0, 0) on the road below the middle of the car, Y upwards.
 *
 * All outlines are rounded polygons in the car frame, and landmarks are points of the same outlines.
 */
export type Shape = ReturnType<typeof createShape>;

export type Wheel = { readonly x: number; readonly radius: number; readonly arch: number };
/** A line from one point to another. */
export type Segment = { readonly from: Point; readonly to: Point };

/** Corners of the body, counter-clockwise from the lower front. */
export const bodyCorners = [
  'bumper-front-low',
  'bumper-front',
  'bonnet-front',
  'windscreen-foot',
  'roof-front',
  'roof-middle',
  'roof-back',
  'deck-front',
  'tail-top',
  'bumper-rear',
  'bumper-rear-low',
] as const;

/** Corners of the glass, counter-clockwise from the lower front. */
export const glassCorners = ['window-front-low', 'window-front-top', 'window-rear-top', 'window-rear-low'] as const;

const bodyRadius = 0.07;
const glassRadius = 0.045;

/** The larger of two, without a corner: C-infinity, never less than either. */
const softMax = (a: number, b: number, k: number): number => 0.5 * (a + b + Math.sqrt((a - b) * (a - b) + k * k));

const softMin = (a: number, b: number, k: number): number => -softMax(-a, -b, k);

export function createShape(g: CarGeometry) {
  const tail = g.rearAxle - g.rearOverhang;
  const nose = g.frontAxle + g.frontOverhang;
  const cowl = nose - g.bonnetLength;
  const roofFront = cowl - g.windscreen;
  // The roof ends so far from the tail, but is never shorter than 0.5.
  const roofBack = roofFront - softMax(roofFront - (tail + g.roofEnd), 0.5, 0.2);
  const tailTop = tail + g.tailSlant;
  const rearFoot = roofBack - g.rearFoot * softMax(roofBack - tailTop - 0.12, 0.05, 0.1);
  const body = createRoundedPolygon(
    [
      { x: nose - g.frontApron, y: g.frontSill },
      { x: nose, y: g.frontBumper },
      { x: nose - g.noseSlant, y: g.noseHeight },
      { x: cowl, y: g.cowlHeight },
      { x: roofFront, y: g.frontRoof },
      { x: 0.5 * (roofFront + roofBack), y: 0.5 * (g.frontRoof + g.rearRoof) + g.crown },
      { x: roofBack, y: g.rearRoof },
      { x: rearFoot, y: g.deckHeight },
      { x: tailTop, y: g.deckHeight - g.tailDrop },
      { x: tail, y: g.rearBumper },
      { x: tail + g.rearApron, y: g.rearSill },
    ],
    bodyRadius,
  );

  const beltFront = g.cowlHeight + 0.05;
  const beltRear = softMax(beltFront + g.beltRise, g.deckHeight + 0.02, 0.05);
  const onWindscreen = (y: number): number =>
    cowl - (g.windscreen * (y - g.cowlHeight)) / (g.frontRoof - g.cowlHeight) - g.frontPillar;
  const onRearWindow = (y: number): number =>
    rearFoot + ((roofBack - rearFoot) * (y - g.deckHeight)) / (g.rearRoof - g.deckHeight) + g.rearPillar;
  const frontTop = softMax(g.frontRoof + 0.02 - g.header, beltFront + 0.16, 0.05);
  const rearTop = softMax(g.rearRoof + 0.02 - g.header, beltRear + 0.16, 0.05);
  const glass = createRoundedPolygon(
    [
      { x: onWindscreen(beltFront), y: beltFront },
      { x: onWindscreen(frontTop), y: frontTop },
      { x: softMin(onRearWindow(rearTop), onWindscreen(frontTop) - 0.12, 0.05), y: rearTop },
      { x: softMin(onRearWindow(beltRear), onWindscreen(beltFront) - 0.4, 0.05), y: beltRear },
    ],
    glassRadius,
  );
  return { ...framed(g), ...parts(g, { body, glass, tail, nose, cowl }), body, glass };
}

function framed(g: CarGeometry) {
  const [cosine, sine] = [Math.cos(g.tilt), Math.sin(g.tilt)];
  return { carX: g.carX, roadY: g.roadY, scale: g.scale, cosine, sine };
}

/** What lies on the body, at places that its outlines give. */
function parts(
  g: CarGeometry,
  {
    body,
    glass,
    tail,
    nose,
    cowl,
  }: { body: RoundedPolygon; glass: RoundedPolygon; tail: number; nose: number; cowl: number },
) {
  const rear: Wheel = { x: g.rearAxle, radius: g.rearWheel, arch: g.rearWheel + g.rearArch };
  const front: Wheel = { x: g.frontAxle, radius: g.frontWheel, arch: g.frontWheel + g.frontArch };
  const sillAt = (x: number): number => {
    const [from, to] = [body.corners[10]!, body.corners[0]!];
    return from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x) - bodyRadius;
  };
  // The two horizontal edges of the glass: 3 is the lower one, from rear to front, 1 the upper one, back.
  const pillarLow = alongEdge(glass, 3, g.middlePillar);
  const pillarTop = alongEdge(glass, 1, 1 - g.middlePillar);
  const doorLow = (x: number): Point => ({ x, y: sillAt(x) + 0.13 });
  const frontEdge = cornerOf(glass, 0).x + 0.12 - g.doorEdge + 0.5 * (cowl - cornerOf(glass, 0).x);
  const rearEdge = cornerOf(glass, 3).x + 0.06;
  const headlightY = 0.45 * g.noseHeight + 0.55 * g.frontBumper + 0.05;
  const taillightY = 0.6 * (g.deckHeight - g.tailDrop) + 0.4 * g.rearBumper;
  return {
    rear,
    front,
    sillAt,
    pillar: { from: pillarLow, to: pillarTop } as Segment,
    doorFront: { from: doorLow(frontEdge), to: { x: frontEdge, y: g.cowlHeight - 0.03 } } as Segment,
    doorMiddle: { from: doorLow(pillarLow.x), to: pillarLow } as Segment,
    doorRear: { from: doorLow(rearEdge), to: { x: rearEdge, y: cornerOf(glass, 3).y } } as Segment,
    handleFront: { x: pillarLow.x + 0.13, y: g.crease + 0.07 },
    handleRear: { x: rearEdge + 0.15, y: g.crease + 0.07 },
    crease: g.crease,
    mirror: { x: cornerOf(glass, 0).x - g.mirror, y: cornerOf(glass, 0).y + 0.55 * g.mirrorSize },
    mirrorSize: g.mirrorSize,
    headlight: createRoundedPolygon(
      [
        { x: nose + 0.1, y: headlightY - 0.5 * g.headlightHeight },
        { x: nose + 0.1, y: headlightY + 0.5 * g.headlightHeight },
        { x: nose - g.headlightLength, y: headlightY + 0.5 * g.headlightHeight },
        { x: nose - 0.7 * g.headlightLength, y: headlightY - 0.5 * g.headlightHeight },
      ],
      0.025,
    ),
    taillight: createRoundedPolygon(
      [
        { x: tail + 0.75 * g.taillightLength, y: taillightY - 0.5 * g.taillightHeight },
        { x: tail + g.taillightLength, y: taillightY + 0.5 * g.taillightHeight },
        { x: tail - 0.1, y: taillightY + 0.5 * g.taillightHeight },
        { x: tail - 0.1, y: taillightY - 0.5 * g.taillightHeight },
      ],
      0.025,
    ),
  };
}

/** Car frame to picture. */
export function toPicture({ carX, roadY, scale, cosine, sine }: Shape, { x, y }: Point): Point {
  return { x: carX + scale * (cosine * x + sine * y), y: roadY + scale * (sine * x - cosine * y) };
}
