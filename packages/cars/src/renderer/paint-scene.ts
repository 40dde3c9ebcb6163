import { clamp01, type Frame, fade, smooth, stroke } from '@autodrag/rendered-domain';
import { blend, lay, start } from './ink.js';
import type { Palette } from './palette.js';
import type { Shape } from './shape.js';

/** Height of the road's far edge, in the car frame. */
const farEdge = 0.24;
const kerbWidth = 0.055;
const laneY = -0.42;

/**
 * Sky with clouds and hills with trees, fixed to the picture, and the road in the car frame, so that it slopes as the
 * car does. Patterns fade as a box filter would fade them.
 */
export function paintScene(h: Shape, c: Palette, frame: Frame, out: Float32Array): void {
  const { size, box } = frame;
  const unit = h.scale * size;
  const width = box.x1 - box.x0 + 1;
  const nearHills = new Float64Array(width);
  const farHills = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    const x = (box.x0 + i + 0.5) / size;
    nearHills[i] = 0.5 - 0.045 * Math.sin(6.1 * x + 0.6) - 0.018 * Math.sin(14.3 * x + 2);
    farHills[i] = 0.4 - 0.05 * Math.sin(8.7 * x + 3.4) - 0.02 * Math.sin(21 * x);
  }
  const trees = c.treeStrength * fade((size * 2) / 11) ** 2;
  const clouds = c.cloudStrength * fade(size / 3);
  for (let j = box.y0, o = 0; j <= box.y1; j++) {
    const y = (j + 0.5) / size;
    for (let i = box.x0; i <= box.x1; i++, o += 3) {
      const x = (i + 0.5) / size;
      const Y = (h.sine * (x - h.carX) - h.cosine * (y - h.roadY)) / h.scale;
      const road = clamp01(0.5 + (farEdge - Y) * unit);
      if (road < 1) {
        paintSky(c, x, y, clouds);
        const far = clamp01(0.5 + (y - farHills[i - box.x0]!) * size);
        const near = clamp01(0.5 + (y - nearHills[i - box.x0]!) * size);
        lay(c.hillsFar, far);
        if (near > 0) paintMeadow(c, x, y, y - nearHills[i - box.x0]!, near, trees);
        out.fill(0, o, o + 3);
        blend(out, o, 1);
      }
      if (road > 0) {
        const X = (h.cosine * (x - h.carX) + h.sine * (y - h.roadY)) / h.scale;
        paintRoad(c, X, Y, unit);
        blend(out, o, road);
      }
    }
  }
}

function paintSky(c: Palette, x: number, y: number, strength: number): void {
  start(c.sky);
  lay(c.skyLow, smooth(y / 0.45));
  // rows of clouds: flat below, round above
  const row = Math.sin(9.5 * x + 1.3) + 0.55 * Math.sin(23 * x + 7 * y);
  const cloud = 1 - Math.abs(y - 0.15 - 0.012 * row) / (0.055 + 0.025 * row);
  lay(c.cloud, strength * smooth(1.6 * cloud) * smooth(0.75 + 0.6 * row));
}

function paintMeadow(c: Palette, x: number, y: number, below: number, coverage: number, trees: number): void {
  // a bush wherever the product is near +1 or -1: staggered rows
  const product = Math.cos(2 * Math.PI * 5.5 * x) * Math.cos(2 * Math.PI * 5.5 * (y + 0.12 * Math.sin(3 * x)));
  const bush = smooth((product * product - 0.3) * 3.2);
  const light = smooth((product * product - 0.66) * 4);
  lay(c.hills, coverage);
  lay(c.trees, coverage * trees * bush * smooth(below * 40));
  lay(c.treesLight, coverage * trees * light * smooth(below * 40));
}

function paintRoad(c: Palette, X: number, Y: number, unit: number): void {
  start(c.road);
  lay(c.roadShade, 0.5 * smooth((Y + 0.2) * 2.2));
  // dark patches, in rows
  const grain = Math.sin(5.2 * X + 1.5 * Math.sin(7 * Y)) * Math.sin(13 * Y + 0.5 * X);
  lay(c.roadShade, 0.5 * fade((2 * Math.PI * unit) / 13) * smooth(1.4 * grain - 0.2));
  lay(c.kerb, stroke((Y - farEdge + 0.5 * kerbWidth) * unit, kerbWidth * unit));
  const dash = clamp01(0.5 + (0.32 - Math.abs(X - 1.25 * Math.round(X / 1.25))) * unit);
  lay(c.marks, c.markStrength * dash * stroke((Y - laneY) * unit, 0.09 * unit));
}

/** The shadow that the car stands in. */
export function paintShadow(h: Shape, c: Palette, frame: Frame, out: Float32Array): void {
  const { size, box } = frame;
  const width = box.x1 - box.x0 + 1;
  const reach = 0.5 * (h.body.right - h.body.left);
  const middle = 0.5 * (h.body.right + h.body.left) - 0.08 * c.light;
  for (let j = box.y0, o = 0; j <= box.y1; j++) {
    const dy = (j + 0.5) / size - h.roadY;
    if (Math.abs(dy) > 0.2) {
      o += 3 * width;
      continue;
    }
    for (let i = box.x0; i <= box.x1; i++, o += 3) {
      const dx = (i + 0.5) / size - h.carX;
      const X = (h.cosine * dx + h.sine * dy) / h.scale - middle;
      const Y = (h.sine * dx - h.cosine * dy) / h.scale;
      const v = (Y + 0.02) / 0.13;
      const u = X / reach;
      const dark = smooth(1.25 - 0.55 * v * v - 0.45 * u * u * u * u * u * u);
      if (dark <= 0) continue;
      start(c.hollow);
      blend(out, o, 0.62 * dark);
    }
  }
}
