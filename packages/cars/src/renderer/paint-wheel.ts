import { clamp01, type Frame, smooth, stroke } from '@autodrag/rendered-domain';
import { blend, lay, offsetIn, start } from './ink.js';
import type { Palette } from './palette.js';
import { pixelBox } from './pixel-box.js';
import type { Shape, Wheel } from './shape.js';

/** A tyre, a rim of five or ten spokes (or something between), and a hub. */
export function paintWheel(h: Shape, c: Palette, { x: centre, radius }: Wheel, frame: Frame, out: Float32Array): void {
  const { size } = frame;
  const unit = h.scale * size;
  const box = pixelBox(h, { left: centre - radius, right: centre + radius, bottom: 0, top: 2 * radius }, frame);
  const rim = 0.69 * radius;
  const spokes = clamp01(unit / 12) * c.spokeStrength;
  for (let j = box.y0; j <= box.y1; j++) {
    for (let i = box.x0; i <= box.x1; i++) {
      const dx = ((i + 0.5) / size - h.carX) / h.scale;
      const dy = ((j + 0.5) / size - h.roadY) / h.scale;
      const X = h.cosine * dx + h.sine * dy - centre;
      const Y = h.sine * dx - h.cosine * dy - radius;
      const r = Math.sqrt(X * X + Y * Y);
      const coverage = clamp01(0.5 + (radius - r) * unit);
      if (coverage === 0) continue;
      start(c.rubber);
      lay(c.rubberLight, 0.8 * smooth(1 - Math.abs(r - 0.85 * radius) / (0.1 * radius)) * smooth(0.5 + Y / radius));
      const inRim = clamp01(0.5 + (rim - r) * unit);
      if (inRim > 0) {
        const angle = Math.atan2(X, Y);
        const five = smooth(0.5 + 1.3 * Math.cos(5 * angle));
        const ten = smooth(0.5 + 1.3 * Math.cos(10 * angle));
        const gap =
          (1 - (five + (ten - five) * c.spokeFineness)) * smooth((r / rim - 0.28) * 6) * smooth((0.9 - r / rim) * 14);
        lay(c.rim, inRim);
        lay(c.rimShade, inRim * 0.5 * smooth(0.5 - 0.7 * (Y / rim) - 0.4 * c.light * (X / rim)));
        lay(c.rimDark, inRim * spokes * gap);
        lay(c.rimDark, 0.8 * stroke((r - 0.2 * rim) * unit, 0.05 * radius * unit));
        lay(c.rimShade, 0.9 * stroke((r - rim) * unit, 0.06 * radius * unit));
      }
      blend(out, offsetIn(frame, i, j), coverage);
    }
  }
}
