import { clamp01, type Frame, fade, smooth, stroke } from '@autodrag/rendered-domain';
import { blend, lay, offsetIn, start } from './ink.js';
import type { Palette } from './palette.js';
import { pixelBox } from './pixel-box.js';
import { distanceTo } from './rounded-polygon.js';
import type { Segment, Shape } from './shape.js';

/** The body with all that lies on it: roof, stripe, doors, glass, lights, and the hollows of the wheels. */
export function paintBody(h: Shape, c: Palette, frame: Frame, out: Float32Array): void {
  const { size } = frame;
  const unit = h.scale * size;
  const box = pixelBox(h, h.body, frame);
  for (let j = box.y0; j <= box.y1; j++) {
    for (let i = box.x0; i <= box.x1; i++) {
      const dx = ((i + 0.5) / size - h.carX) / h.scale;
      const dy = ((j + 0.5) / size - h.roadY) / h.scale;
      const X = h.cosine * dx + h.sine * dy;
      const Y = h.sine * dx - h.cosine * dy;
      const distance = distanceTo(h.body, X, Y);
      const coverage = clamp01(0.5 - distance * unit);
      if (coverage === 0) continue;
      paintPaint(h, c, X, Y, distance, unit);
      paintDoors(h, c, X, Y, unit);
      paintGlass(h, c, X, Y, unit);
      paintLights(h, c, X, Y, unit);
      for (const { x, radius, arch } of [h.rear, h.front]) {
        const r = Math.hypot(X - x, Y - radius);
        if (r > arch + 0.2) continue;
        // a lip around the arch, and the hollow
        lay(c.cladding, c.claddingStrength * clamp01(0.5 + (arch + 0.045 - r) * unit));
        lay(c.hollow, clamp01(0.5 + (arch - r) * unit));
      }
      blend(out, offsetIn(frame, i, j), coverage);
    }
  }
}

function paintPaint(h: Shape, c: Palette, X: number, Y: number, distance: number, unit: number): void {
  const { corners } = h.glass;
  const belt =
    corners[3]!.y + ((corners[0]!.y - corners[3]!.y) * (X - corners[3]!.x)) / (corners[0]!.x - corners[3]!.x);
  const fromBelt = Y - belt + 0.045;
  start(c.paint);
  // the flank curves away from the light below the crease, and towards it above
  lay(c.paintShade, 0.85 * smooth((h.crease - Y) / 0.42));
  lay(c.paintDeep, 0.6 * smooth((0.5 - Y) / 0.3));
  lay(c.paintLight, 0.75 * Math.exp(-(((Y - h.crease - 0.1) / 0.07) ** 2)));
  // a second colour above the lower edge of the windows
  lay(c.roof, c.roofStrength * clamp01(0.5 + fromBelt * unit) * smooth((X - h.body.left - 0.25) * 4));
  // sky on all that looks up: a bright rim along the upper outline
  const rim = clamp01(1 + distance / 0.11);
  lay(c.paintLight, 0.8 * rim * rim * smooth((Y - 0.62) * 3) * (0.8 + 0.2 * c.light));
  const end = (X - 0.5 * (h.body.left + h.body.right)) / (h.body.right - h.body.left);
  lay(c.paintShade, 0.6 * smooth(Math.abs(end) * 4.2 - 1.45 - 0.3 * c.light * Math.sign(end)));

  const u = (X - h.rear.x) / (h.front.x - h.rear.x);
  // a stripe along the flank, and a row of decals under it
  const stripeY = h.crease - 0.12;
  lay(c.stripe, c.stripeStrength * stroke((Y - stripeY) * unit, 0.075 * unit));
  const decal = Math.cos(2 * Math.PI * 5 * u) * fade(((h.front.x - h.rear.x) * unit) / 5);
  const row = stroke((Y - stripeY + 0.14) * unit, 0.075 * unit);
  lay(c.stripe, c.decalStrength * row * smooth(0.5 + 1.6 * decal));
  // sill and bumpers of plastic
  const plastic = clamp01(0.5 + (h.sillAt(X) + 0.1 - Y) * unit);
  lay(c.cladding, c.claddingStrength * plastic);
}

function paintDoors(h: Shape, c: Palette, X: number, Y: number, unit: number): void {
  const width = 0.02 * unit;
  for (const door of [h.doorFront, h.doorMiddle, h.doorRear]) {
    const { from, to } = door;
    const near = 0.1 + 1 / unit;
    if (X > Math.max(from.x, to.x) + near || X < Math.min(from.x, to.x) - near) continue;
    lay(c.paintDeep, 0.9 * lineCoverage(door, X, Y, unit, width));
  }
  for (const { x, y } of [h.handleFront, h.handleRear]) {
    const dx = Math.max(0, Math.abs(X - x) - 0.055);
    const away = Math.hypot(dx, Y - y);
    if (away > 0.1 + 1 / unit) continue;
    lay(c.paintDeep, 0.7 * clamp01(0.5 + (0.032 - Math.hypot(dx, Y - y + 0.02)) * unit));
    lay(c.chrome, clamp01(0.5 + (0.022 - away) * unit));
  }
}

/** How much of the pixel a line covers. */
function lineCoverage({ from, to }: Segment, X: number, Y: number, unit: number, width: number): number {
  const [ex, ey] = [to.x - from.x, to.y - from.y];
  const t = clamp01(((X - from.x) * ex + (Y - from.y) * ey) / (ex * ex + ey * ey));
  return stroke(Math.hypot(X - from.x - t * ex, Y - from.y - t * ey) * unit, width);
}

function paintGlass(h: Shape, c: Palette, X: number, Y: number, unit: number): void {
  const { glass, pillar } = h;
  const near = 0.1 + 1 / unit;
  if (X < glass.left - near || X > glass.right + near || Y < glass.bottom - near || Y > glass.top + near) return;
  const distance = distanceTo(glass, X, Y);
  // a frame of rubber
  lay(c.hollow, 0.85 * clamp01(0.5 + (0.02 - distance) * unit));
  const coverage = clamp01(0.5 - distance * unit);
  if (coverage === 0) return;
  lay(c.glass, coverage);
  const height = (Y - glass.bottom) / (glass.top - glass.bottom);
  lay(c.glassShade, coverage * 0.8 * smooth(1.1 - 1.6 * height));
  // two slanting reflections
  const slant = X - glass.left - 0.55 * (Y - glass.bottom) - 0.05 * c.light;
  const gleam = slant < 0.88 ? slant - 0.42 : slant - 1.35;
  const band = clamp01(0.5 + (0.11 - Math.abs(gleam)) * unit) + clamp01(0.5 + (0.03 - Math.abs(gleam - 0.2)) * unit);
  lay(c.glassLight, coverage * 0.5 * clamp01(band) * (0.4 + 0.6 * height));
  lay(c.hollow, coverage * 0.95 * lineCoverage(pillar, X, Y, unit, 0.075 * unit));
}

function paintLights(h: Shape, c: Palette, X: number, Y: number, unit: number): void {
  const near = 0.05 + 1 / unit;
  if (X > h.headlight.left - near) {
    const distance = distanceTo(h.headlight, X, Y);
    lay(c.headlightRim, clamp01(0.5 + (0.018 - distance) * unit));
    lay(c.headlight, clamp01(0.5 - (distance + 0.008) * unit));
  }
  if (X < h.taillight.right + near) {
    const distance = distanceTo(h.taillight, X, Y);
    lay(c.paintDeep, 0.8 * clamp01(0.5 + (0.018 - distance) * unit));
    lay(c.taillight, clamp01(0.5 - distance * unit));
    lay(c.taillightLight, 0.7 * clamp01(0.5 - (distance + 0.045) * unit));
  }
}

/** The mirror on the door, before the glass. */
export function paintMirror(h: Shape, c: Palette, frame: Frame, out: Float32Array): void {
  const { size } = frame;
  const unit = h.scale * size;
  const { x, y } = h.mirror;
  const [across, up] = [h.mirrorSize, 0.62 * h.mirrorSize];
  const box = pixelBox(h, { left: x - across, right: x + across, bottom: y - up, top: y + up }, frame);
  for (let j = box.y0; j <= box.y1; j++) {
    for (let i = box.x0; i <= box.x1; i++) {
      const dx = ((i + 0.5) / size - h.carX) / h.scale;
      const dy = ((j + 0.5) / size - h.roadY) / h.scale;
      const u = (h.cosine * dx + h.sine * dy - x) / across;
      const v = (h.sine * dx - h.cosine * dy - y) / up;
      const f = u * u + v * v - 1;
      const slope = 2 * Math.sqrt((u / across) ** 2 + (v / up) ** 2);
      const coverage = clamp01(0.5 - (f * unit) / Math.max(slope, 0.5));
      if (coverage === 0) continue;
      start(c.paint);
      lay(c.paintLight, 0.8 * smooth(0.3 + 0.8 * v));
      lay(c.paintDeep, 0.9 * smooth(-0.3 - v) + 0.5 * smooth(1 + 3 * f));
      blend(out, offsetIn(frame, i, j), coverage);
    }
  }
}
