import { boxAround, type RenderedDomain, renderPicture } from '../src/index.js';

/** The smallest domain there is: a disc on a plain ground. z: its place (x, y), its size, its brightness. */
export const discs: RenderedDomain = {
  name: 'discs',
  singular: 'disc',
  latentDimensions: 4,
  geometryDimensions: 3,
  landmarkNames: ['centre', 'left', 'right', 'top', 'bottom'],
  standardPoints: { one: [0], five: [0, 1, 2, 3, 4] },
  render(geometry, appearance, options) {
    const { x, y, radius } = place(geometry);
    const bright = 0.6 + 0.3 * Math.tanh(appearance[3]!);
    const paint: Parameters<typeof renderPicture>[1] = ({ size, box }, out) => {
      for (let j = box.y0, o = 0; j <= box.y1; j++) {
        for (let i = box.x0; i <= box.x1; i++, o += 3) {
          const distance = (Math.hypot((i + 0.5) / size - x, (j + 0.5) / size - y) - radius) * size;
          out.fill(0.2 + (bright - 0.2) * Math.min(1, Math.max(0, 0.5 - distance)), o, o + 3);
        }
      }
    };
    return renderPicture('renderDisc', paint, options);
  },
  landmarks(z, { resolution }) {
    const { x, y, radius } = place(z);
    const points = [x, y, x - radius, y, x + radius, y, x, y - radius, x, y + radius];
    return {
      points: Float32Array.from(points, (value) => value * resolution - 0.5),
      visible: new Uint8Array(5).fill(1),
    };
  },
  subject(z) {
    const { x, y, radius } = place(z);
    return { x, y, width: radius, height: radius };
  },
  parts(z, { resolution }) {
    return [boxAround(this.landmarks(z, { resolution }).points, [0], 0.02 * resolution)];
  },
};

function place(z: ArrayLike<number>) {
  const [x, y, size] = [0, 1, 2].map((i) => Math.tanh(z[i]!)) as [number, number, number];
  return { x: 0.5 + 0.2 * x, y: 0.5 + 0.2 * y, radius: 0.15 + 0.05 * size };
}
