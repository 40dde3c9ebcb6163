import { describe, expect, it } from 'vitest';
import type { SessionInfo } from '../session/editor-session.js';
import type { EditorDocument, Frame } from './document.js';
import { distance } from './geometry.js';
import { shownPoints } from './pointer.js';
import { type EditorEvent, type EditorState, type Effect, initialState, type Tool } from './state.js';
import { transition } from './transition.js';

/** What a hand, a keyboard and a session may do, in orders that nobody would write down. */

const info: SessionInfo = {
  ...{ name: 'Avatars', width: 64, height: 64, numWs: 12, wDim: 128, maxPoints: 6, predictorPending: false },
  ...{ parameters: 1, memoryBytes: 4, backend: 'wasm', device: '', threads: 1, warnings: [] },
};

function createRandom(seed: number) {
  let state = seed * 2654435761 + 1;
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 2246822519) + 374761393;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return { below, pick: <T>(list: readonly T[]): T => list[below(list.length)] as T };
}

let frames = 0;
function newFrame(): Frame {
  const w = Float32Array.of(++frames);
  const picture = { width: 64, height: 64, data: new Uint8ClampedArray(4) };
  return { w, picture, layers: [{ w, mask: [] }], codes: [w, w] };
}

type Random = ReturnType<typeof createRandom>;

function anyEvent({ below, pick }: Random, asked: Effect | null): EditorEvent {
  const at = { x: below(64), y: below(64) };
  const pointer = pick([1, 1, 1, 2]);
  const index = below(3);
  const tools: Tool[] = ['drag', 'drag', 'drag', 'anchor', 'mask', 'erase'];
  const origin = { seed: below(9), psi: 0.7, mix: null };
  const events: EditorEvent[] = [
    { type: 'down', at, pointer, reach: 3, anchor: below(8) === 0 },
    { type: 'move', at, pointer },
    { type: 'up', at, pointer },
    { type: 'lost-pointer', pointer },
    { type: 'grab', point: { kind: pick(['handle', 'target', 'anchor']), index }, pointer, at },
    { type: 'cursor', dx: below(9) - 4, dy: below(9) - 4 },
    { type: 'press', anchor: below(4) === 0 },
    { type: 'select', point: { kind: 'target', index } },
    { type: 'nudge', dx: 1, dy: 0 },
    { type: 'tool', tool: pick(tools) },
    { type: 'immediate', on: below(2) === 0 },
    ...(['delete', 'cancel', 'drag', 'clear', 'clear-mask', 'undo', 'redo', 'replay'] as const).map((type) => ({
      type,
    })),
    { type: 'sample', origin },
    { type: 'problem', message: 'The device has run out of memory.' },
    { type: 'retry' },
  ];
  // what the session answers to what it was asked for last, or long after it was stopped
  const answers: EditorEvent[] = [
    { type: 'sampled', origin, frame: newFrame(), milliseconds: 5 },
    { type: 'played' },
    {
      ...{ type: 'dragged', frame: newFrame(), moved: below(4) > 0, before: 10, after: below(12) },
      ...{ calls: 2, milliseconds: 9, outside: null, trace: [] },
    },
  ];
  if (asked?.type === 'preview') {
    answers.push({ type: 'previewed', picture: newFrame().picture, of: asked.of });
  }
  return pick(below(3) === 0 ? answers : events);
}

/** Chance alone seldom presses, moves and lets go in a row. */
function anyPull({ below }: Random): EditorEvent[] {
  const place = () => ({ x: below(64), y: below(64) });
  const pull: EditorEvent[] = [
    { type: 'down', at: place(), pointer: 1, reach: 3 },
    { type: 'move', at: place(), pointer: 1 },
    { type: 'up', at: place(), pointer: 1 },
  ];
  return pull;
}

const ready: EditorState = (
  [
    { type: 'info', info },
    { type: 'shown', origin: { seed: 7, psi: 0.7, mix: null }, frame: newFrame() },
  ] as EditorEvent[]
).reduce((state, event) => transition(state, event)[0], initialState);

/** Lets a few hundred things happen, and looks at each of them. */
function happen(seed: number, look: (before: EditorState, event: EditorEvent, after: EditorState) => void): void {
  const random = createRandom(seed);
  let state = ready;
  let asked: Effect | null = null;
  const script: EditorEvent[] = [];
  for (let i = 0; i < 400; i++) {
    if (!script.length) script.push(...(random.below(4) === 0 ? anyPull(random) : [anyEvent(random, asked)]));
    const event = script.shift() as EditorEvent;
    const [next, effects] = transition(state, event);
    look(state, event, next);
    asked = effects.findLast(({ type }) => type === 'preview') ?? asked;
    state = next;
  }
}

const pressEscape = (state: EditorState) => transition(state, { type: 'cancel' })[0];
/** Undoes what runs and what waits, which is in no history yet. */
function takeBackAll(state: EditorState): EditorState {
  return state.phase === 'working' ? takeBackAll(transition(state, { type: 'undo' })[0]) : state;
}
/** What a step of undo brings back: the trace of a drag is none of it. */
const content = ({ trace: _, ...rest }: EditorDocument) => rest;
const documentOf = (state: EditorState) => content(state.document as EditorDocument);

describe.each(Array.from({ length: 10 }, (_, seed) => seed))('whatever happens, in whatever order (%i)', (seed) => {
  it('Escape, twice, ends it: nothing works, plays or is pulled for ever', () => {
    happen(seed, (_, __, state) => {
      const { phase, gesture, running, queued, preview } = pressEscape(pressEscape(state));
      expect({ phase, gesture, running, queued, preview }).toEqual({
        ...{ phase: 'ready', gesture: null, running: null, queued: [], preview: null },
      });
    });
  });

  it('one thing that happens is one step of undo at most, which gives back what was there', () => {
    happen(seed, (before, event, after) => {
      if (event.type === 'undo' || event.type === 'redo') return;
      const steps = after.past.length - before.past.length;
      if (before.past.length < 100) expect([0, 1]).toContain(steps);
      if (steps !== 1) return;
      const undo = (state: EditorState) => transition(state, { type: 'undo' })[0];
      // the drag that waited runs now: it is what was done last, and goes first
      const idle = event.type === 'dragged' && after.phase === 'working' ? takeBackAll(after) : after;
      const undone = undo(idle);
      expect(documentOf(undone)).toEqual(documentOf(before));
      expect(documentOf(transition(undone, { type: 'redo' })[0])).toEqual(documentOf(after));
    });
  });

  it('a picture goes only by a step that can be undone', () => {
    happen(seed, (before, event, after) => {
      const [from, to] = [before.document?.frame, after.document?.frame];
      if (from === to) return;
      const kept = [...after.past, ...after.future].map(({ frame }) => frame);
      expect(kept, event.type).toContain(from);
    });
  });

  it('a drag that waits is dropped by Escape, by a failure, or by another picture, and by nothing else', () => {
    const may = ['cancel', 'problem', 'undo', 'redo', 'sample', 'sampled', 'retry'];
    happen(seed, (before, event, after) => {
      if (may.includes(event.type)) return;
      const points = [...after.queued.flat(), ...(after.running ?? [])];
      for (const point of before.queued.flat()) expect(points, event.type).toContain(point);
    });
  });

  it('a pull that is let go is dragged, waits, or is a point: it is never dropped', () => {
    happen(seed, (before, event, after) => {
      const { gesture, phase } = before;
      if (event.type !== 'up' || gesture?.kind !== 'pull' || !gesture.pressed || gesture.pointer !== event.pointer)
        return;
      if (distance(gesture.handle, event.at) < 1.5) return;
      const seen = shownPoints(after).some(
        ({ handle, target }) => handle === gesture.handle && target.x === event.at.x,
      );
      expect(seen, phase).toBe(true);
    });
  });

  it('points stay in the picture, and are no more than the model takes', () => {
    happen(seed, (_, __, { document, running }) => {
      const { points, anchors } = document as EditorDocument;
      for (const { x, y } of [...points.flatMap(({ handle, target }) => [handle, target]), ...anchors]) {
        expect(x >= 0 && y >= 0 && x <= 63 && y <= 63).toBe(true);
      }
      expect(points.length + anchors.length).toBeLessThanOrEqual(6);
      expect((running ?? []).length).toBeLessThanOrEqual(6);
    });
  });
});
