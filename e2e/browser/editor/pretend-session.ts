import type { Picture } from '@autodrag/autodrag';
import type { SessionInfo, StartOptions } from '@autodrag/editor';
import type { EditorSession } from '@autodrag/editor/session';

const side = 64;

/** Of one colour: tells a seed's picture from another's. */
export function pictureOf(seed: number): Picture {
  return { width: side, height: side, data: new Uint8ClampedArray(4 * side * side).fill(seed) };
}

const info: SessionInfo = {
  ...{ name: 'Pretended', width: side, height: side, numWs: 1, wDim: 1, maxPoints: 8, predictorPending: false },
  ...{ parameters: 1, memoryBytes: 4, backend: 'wasm', device: 'none', threads: 1, warnings: [] },
};

/**
 * A session that computes nothing: it answers after a moment, and notes what it was asked. It hears no abort, so that
 * its answers come also where nobody waits for them any more.
 *
 * @param options.takes how long a drag takes, in milliseconds
 */
export function pretendSession({ maxPoints = 8, takes = 5 }: { maxPoints?: number; takes?: number } = {}) {
  const started: StartOptions[] = [];
  const sampled: number[] = [];
  const drags: number[] = [];
  let disposed = 0;
  const moment = (time = 5) => new Promise((resolve) => setTimeout(resolve, time));
  const session: EditorSession = {
    async start(options = {}) {
      started.push(options);
      await moment();
      return { ...info, maxPoints, name: options.model?.name ?? info.name, backend: options.backend ?? 'wasm' };
    },
    async sample({ seed }) {
      sampled.push(seed);
      await moment();
      return { w: Float32Array.of(seed), picture: pictureOf(seed) };
    },
    render: async ([value]) => pictureOf(value ?? 0),
    preview: async () => null,
    async drag({ w, points }) {
      drags.push(points.length);
      await moment(takes);
      const next = Float32Array.of((w[0] ?? 0) + 1);
      return {
        ...{ w: next, picture: pictureOf(next[0] ?? 0), codes: [w, next], reached: points.map(({ target }) => target) },
        ...{ distanceBefore: 10, distanceAfter: 0, moved: true, calls: 1, maskChange: null, milliseconds: 5 },
      };
    },
    subscribe: () => () => {},
    dispose: () => void disposed++,
  };
  return { session, started, sampled, drags, disposed: () => disposed };
}
