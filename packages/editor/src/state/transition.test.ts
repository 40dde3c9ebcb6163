import { describe, expect, it } from 'vitest';
import type { SessionInfo } from '../session/editor-session.js';
import type { EditorDocument, Frame } from './document.js';
import { shownPoints } from './pointer.js';
import { type EditorEvent, type EditorState, type Effect, initialState, type PreviewRequest } from './state.js';
import { transition } from './transition.js';

const info: SessionInfo = {
  ...{ name: 'Avatars', width: 128, height: 128, numWs: 12, wDim: 128, maxPoints: 4, predictorPending: false },
  ...{ parameters: 1, memoryBytes: 4, backend: 'wasm', device: '', threads: 1, warnings: [] },
};
const frame = (id: number, codes = 0): Frame => {
  const w = Float32Array.of(id);
  const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  return { w, picture, layers: [{ w, mask: [] }], codes: Array.from({ length: codes }, () => w) };
};
const at = (x: number, y: number) => ({ x, y });
const large: EditorEvent = { type: 'info', info: { ...info, width: 256, height: 256 } };
const origin = { seed: 7, psi: 0.7, mix: null };
const sampled: EditorEvent = { type: 'sampled', origin, frame: frame(1), milliseconds: 9 };
const down = (x: number, y: number, pointer = 1): EditorEvent => ({ type: 'down', at: at(x, y), pointer, reach: 3 });
const move = (x: number, y: number, pointer = 1): EditorEvent => ({ type: 'move', at: at(x, y), pointer });
const up = (x: number, y: number, pointer = 1): EditorEvent => ({ type: 'up', at: at(x, y), pointer });
const pull = [down(10, 20), move(15, 20), up(20, 20)];
const several: EditorEvent = { type: 'immediate', on: false };
const dragged: EditorEvent = {
  ...{
    type: 'dragged',
    frame: frame(2, 3),
    moved: true,
    before: 10,
    after: 1,
    calls: 2,
    milliseconds: 410,
    outside: null,
  },
  trace: [{ handle: at(19, 20), target: at(20, 20) }],
};

const ready: EditorState = [
  { type: 'info', info } as EditorEvent,
  { type: 'sample', origin } as EditorEvent,
  sampled,
].reduce((state, event) => transition(state, event)[0], initialState);

/** Plays a script of events; gives the last state and all effects but that of keeping. */
function play(...events: EditorEvent[]): { state: EditorState; effects: Effect[] } {
  let state = ready;
  const effects: Effect[] = [];
  for (const event of events) {
    const [next, more] = transition(state, event);
    state = next;
    effects.push(...more);
  }
  return { state, effects: effects.filter(({ type }) => type !== 'keep') };
}
const types = (effects: Effect[]) => effects.map(({ type }) => type);
const documentOf = (state: EditorState) => state.document as EditorDocument;

describe('a pull', () => {
  it('is previewed while it goes on, and dragged when it is let go: one step of undo', () => {
    const { state, effects } = play(...pull);
    expect(types(effects)).toEqual(['preview', 'drag']);
    expect(effects[1]).toMatchObject({ points: [{ handle: at(10, 20), target: at(20, 20) }] });
    expect(state.phase).toBe('working');
    const after = play(...pull, dragged).state;
    expect(after).toMatchObject({ phase: 'playing', past: [documentOf(ready)] });
    expect(documentOf(after)).toMatchObject({ points: [], frame: { w: Float32Array.of(2) } });
    expect(documentOf(play(...pull, dragged, { type: 'undo' }).state).frame).toBe(documentOf(ready).frame);
  });

  it('is a click where it is short on the screen, whatever the size of the picture', () => {
    const gesture = (...script: EditorEvent[]) => play(...script).state.gesture;
    expect(gesture(down(10, 20), up(11, 20))).toMatchObject({ pressed: false });
    expect(gesture(down(10, 20), up(12, 20))).toBeNull();
    expect(gesture(large, down(10, 20), up(12, 20))).toMatchObject({ pressed: false });
    expect(gesture(large, down(10, 20), up(14, 20))).toBeNull();
  });

  it('may be two clicks', () => {
    const clicks = [down(10, 20), up(10, 20), move(30, 30), down(40, 20), up(40, 20)];
    expect(play(...clicks).effects.at(-1)).toMatchObject({
      type: 'drag',
      points: [{ handle: at(10, 20), target: at(40, 20) }],
    });
  });

  it('stays in the picture', () => {
    expect(play(down(-3, 5), up(500, 130)).effects).toMatchObject([
      { points: [{ handle: at(0, 5), target: at(127, 127) }] },
    ]);
  });

  describe('has a preview', () => {
    const picture = frame(9).picture;
    /** The answer to the first or to the last preview that was asked for until then. */
    type Answer = 'first' | 'last';
    /** Plays events and answers; gives the preview that is shown in the end. */
    const shown = (...script: (EditorEvent | Answer)[]) => {
      let state = ready;
      const asked: PreviewRequest[] = [];
      for (const part of script) {
        const of = part === 'first' ? asked[0] : asked.at(-1);
        const event = typeof part === 'string' ? ({ type: 'previewed', picture, of } as EditorEvent) : part;
        const [next, effects] = transition(state, event);
        state = next;
        for (const effect of effects) if (effect.type === 'preview') asked.push(effect.of);
      }
      return state.preview;
    };
    const first = [down(1, 1), move(9, 9)];
    const next = [down(60, 60, 2), move(70, 70, 2)];
    const cancel: EditorEvent = { type: 'cancel' };

    it('for as long as it lasts, wherever the pointer has gone meanwhile', () => {
      expect(shown(...first, 'last')).toBe(picture);
      expect(shown(...first, move(30, 30), 'first')).toBe(picture);
      expect(shown(...first, 'last', cancel)).toBeNull();
      expect(shown(...first, 'last', cancel, 'last')).toBeNull();
    });

    it.each<[string, EditorEvent[]]>([
      ['the next one has only begun', [cancel, down(60, 60)]],
      ['the next one goes on', [cancel, ...next]],
      ['the next one is at the same place', [cancel, ...first]],
      ['the drag of it was stopped', [up(9, 9), cancel, ...next]],
      ['the drag of it runs', [up(9, 9), ...next]],
      ['the drag of it has led to another picture', [up(9, 9), dragged, ...next]],
      ['the drag of it ends under the next one', [up(9, 9), ...next, dragged]],
      ['the brush has taken its place', [{ type: 'tool', tool: 'mask' }, ...next]],
      ['it is back where it is a click', [move(1, 2)]],
    ])('that is never the one of a pull before, where %s', (_, second) => {
      expect(play(...first, ...second).state.gesture).not.toBeNull();
      expect(shown(...first, ...second, 'first')).toBeNull();
    });

    it('under a point that is moved, too', () => {
      const grab: EditorEvent = { type: 'grab', point: { kind: 'target', index: 0 }, pointer: 1, at: at(20, 20) };
      const moved = [several, ...pull, grab, move(30, 30)];
      expect(shown(...moved, 'last')).toBe(picture);
      expect(shown(...moved, cancel, grab, move(25, 25), 'first')).toBeNull();
    });

    it('which stays until the drag is done, whatever is begun meanwhile, and not longer', () => {
      const running: (EditorEvent | Answer)[] = [...first, 'last', up(9, 9)];
      expect(shown(...running)).toBe(picture);
      expect(shown(...running, ...next)).toBe(picture);
      expect(shown(...running, ...next, cancel)).toBe(picture);
      expect(shown(...running, ...next, up(70, 70, 2))).toBe(picture);
      expect(shown(...running, ...next, dragged)).toBeNull();
      expect(shown(...running, dragged)).toBeNull();
      expect(shown(...running, cancel)).toBeNull();
    });

    it('from where the drag before ended, as soon as that is known', () => {
      const { state, effects } = play(...pull, down(60, 60, 2), move(70, 70, 2), dragged);
      expect(effects.at(-1)).toMatchObject({
        type: 'preview',
        of: { document: documentOf(state), points: [{ handle: at(60, 60), target: at(70, 70) }] },
      });
    });
  });

  it('that comes while another drag runs follows it, from where that one ends', () => {
    const { state, effects } = play(...pull, down(50, 50, 2), up(60, 60, 2));
    expect(types(effects)).toEqual(['preview', 'drag']);
    expect(state.queued).toEqual([[{ handle: at(50, 50), target: at(60, 60) }]]);
    const next = play(...pull, down(50, 50, 2), up(60, 60, 2), dragged);
    expect(next.effects.at(-1)).toMatchObject({
      type: 'drag',
      points: [{ handle: at(50, 50) }],
      document: { frame: { w: Float32Array.of(2) } },
    });
    expect(next.state).toMatchObject({ phase: 'working', queued: [] });
  });

  it('and another one that comes meanwhile follows that one: each is dragged, in its order, as a step of its own', () => {
    const three = [...pull, down(50, 50, 2), up(60, 60, 2), down(90, 90), up(99, 99)];
    expect(play(...three).state.queued).toMatchObject([[{ handle: at(50, 50) }], [{ handle: at(90, 90) }]]);
    expect(shownPoints(play(...three).state)).toHaveLength(3);
    const second = play(...three, dragged);
    expect(second.state).toMatchObject({ phase: 'working', queued: [[{ handle: at(90, 90) }]] });
    const { state, effects } = play(...three, dragged, dragged);
    expect(effects.at(-1)).toMatchObject({ type: 'drag', points: [{ handle: at(90, 90) }] });
    expect(transition(state, dragged)[0]).toMatchObject({ phase: 'playing', queued: [], past: [{}, {}, {}] });
    const cancelled = transition(play(...three).state, { type: 'cancel' })[0];
    expect(cancelled).toMatchObject({ phase: 'ready', queued: [] });
  });

  it('that is placed while another drag runs is not lost with the points of that one', () => {
    const running = play(several, ...pull, { type: 'drag' }, down(50, 50, 2), up(60, 60, 2));
    expect(documentOf(running.state).points).toHaveLength(2);
    const after = transition(running.state, dragged)[0];
    expect(documentOf(after).points).toEqual([{ handle: at(50, 50), target: at(60, 60) }]);
    const asked = transition(running.state, { type: 'drag' })[0];
    expect(asked).toMatchObject({ phase: 'working', queued: [[{ handle: at(50, 50) }]] });
    expect(transition(asked, dragged)[1].at(-1)).toMatchObject({ type: 'drag', points: [{ handle: at(50, 50) }] });
  });

  it('may begin on a point that runs or waits: it is the next pull from there', () => {
    const grab: EditorEvent = { type: 'grab', point: { kind: 'target', index: 0 }, pointer: 2, at: at(20, 20) };
    const { state } = play(...pull, grab, move(25, 20, 2), up(30, 20, 2));
    expect(state.queued).toEqual([[{ handle: at(20, 20), target: at(30, 20) }]]);
    expect(play(several, ...pull, grab, up(30, 20, 2)).state.queued).toEqual([]); // one that is placed is moved
    const loading: EditorEvent = { type: 'loading', status: 'Opening network.pkl…' };
    expect(play(several, ...pull, loading, grab).state.gesture).toBeNull();
  });

  it('on a picture that is replaced meanwhile ends with that picture', () => {
    const next: EditorEvent = { type: 'sampled', origin: { ...origin, seed: 8 }, frame: frame(8), milliseconds: 5 };
    const { state } = play({ type: 'sample', origin: { ...origin, seed: 8 } }, ...pull, down(30, 30), next);
    expect(state).toMatchObject({ phase: 'ready', gesture: null, queued: [] });
    expect(shownPoints(state)).toEqual([]);
  });

  it('during the motion is set on its last picture, and ends the motion', () => {
    const { state, effects } = play(...pull, dragged, down(60, 60));
    expect(effects.at(-1)).toEqual({ type: 'stop' });
    expect(state).toMatchObject({ phase: 'ready', gesture: { handle: at(60, 60) } });
    expect(documentOf(state).frame.w).toEqual(Float32Array.of(2));
    expect(transition(state, { type: 'played' })[0]).toBe(state); // the motion's end comes late and changes nothing
  });

  it('says what became of it, and does not flatter', () => {
    expect(play(...pull, dragged).state.status).toContain(
      '10.0 px from the target before, 1.0 px now. (2 calls, 410 ms)',
    );
    const hardly = { ...dragged, before: 77.8, after: 77.7 } as EditorEvent;
    expect(play(...pull, hardly).state.status).toMatch(/^Hardly moved/);
    const not = { ...dragged, moved: false } as EditorEvent;
    expect(play(...pull, not).state).toMatchObject({ phase: 'ready', past: [] });
    expect(play(...pull, not).state.status).toContain('no way nearer');
  });
});

describe('Escape', () => {
  const cancel: EditorEvent = { type: 'cancel' };
  it('drops the pull, then stops what runs or moves, then clears the points', () => {
    expect(play(down(1, 1), move(9, 9), cancel).state).toMatchObject({ gesture: null, preview: null, phase: 'ready' });
    expect(play(...pull, cancel)).toMatchObject({ state: { phase: 'ready', status: 'Stopped.' } });
    expect(play(...pull, cancel).effects.at(-1)).toEqual({ type: 'stop' });
    expect(play(...pull, cancel, dragged).state.past).toEqual([]); // what comes late is not heard
    expect(play(...pull, dragged, cancel).state.phase).toBe('ready');
    const placed = play(several, ...pull, cancel, cancel).state;
    expect(documentOf(placed).points).toEqual([]);
    expect(documentOf(play(several, ...pull, cancel, cancel, { type: 'undo' }).state).points).toHaveLength(1);
  });
});

describe('points are objects', () => {
  const two = [several, ...pull, down(50, 50), up(60, 50)];
  it('several are placed, each a step of undo, and dragged together', () => {
    const { state, effects } = play(...two);
    expect(documentOf(state).points).toHaveLength(2);
    expect(types(effects)).not.toContain('drag');
    expect(documentOf(play(...two, { type: 'undo' }).state).points).toHaveLength(1);
    expect(play(...two, { type: 'drag' }).effects.at(-1)).toMatchObject({ type: 'drag', points: [{}, {}] });
    // the drag is one step more: undoing it brings the points back
    const undone = play(...two, { type: 'drag' }, dragged, { type: 'undo' }).state;
    expect(documentOf(undone)).toMatchObject({ points: [{}, {}], frame: { w: Float32Array.of(1) } });
  });

  it('pulling one that is there moves it, and adds none', () => {
    const { state } = play(...two, down(60, 50), move(70, 70), up(80, 80));
    expect(documentOf(state).points).toEqual([
      { handle: at(10, 20), target: at(20, 20) },
      { handle: at(50, 50), target: at(80, 80) },
    ]);
    expect(documentOf(play(...two, down(61, 50), up(61, 50)).state).points[1]).toEqual({
      handle: at(50, 50),
      target: at(60, 50),
    });
  });

  it('nudges and deletes the selected one; nudges in a row are one step', () => {
    const select: EditorEvent = { type: 'select', point: { kind: 'handle', index: 1 } };
    const nudge: EditorEvent = { type: 'nudge', dx: -1, dy: 0 };
    const nudged = play(...two, select, nudge, nudge, nudge).state;
    expect(documentOf(nudged).points[1]?.handle).toEqual(at(47, 50));
    expect(documentOf(transition(nudged, { type: 'undo' })[0]).points[1]?.handle).toEqual(at(50, 50));
    expect(documentOf(play(...two, select, { type: 'delete' }).state).points).toEqual([
      { handle: at(10, 20), target: at(20, 20) },
    ]);
    expect(play({ type: 'delete' }, nudge).state.past).toEqual([]);
  });

  it('anchors are set by their tool or Shift, and taken away by a second press', () => {
    const tool: EditorEvent = { type: 'tool', tool: 'anchor' };
    expect(documentOf(play(tool, down(30, 30), up(30, 30)).state).anchors).toEqual([at(30, 30)]);
    expect(documentOf(play(tool, down(30, 30), down(31, 29)).state).anchors).toEqual([]);
    expect(documentOf(play({ ...down(5, 5), anchor: true } as EditorEvent).state).anchors).toEqual([at(5, 5)]);
  });

  it('takes no more than the model', () => {
    const full = [0, 20, 40, 60].map((x) => ({ ...down(x, 5), anchor: true }) as EditorEvent);
    const { state } = play(...full, down(90, 90), move(99, 99));
    expect(state.gesture).toBeNull();
    expect(state.status).toContain('4 points and anchors at most');
  });
});

describe('fingers', () => {
  it('a second one pinches: the pull is dropped, and no target is taken over', () => {
    const { state, effects } = play(down(10, 10, 1), move(20, 20, 1), down(60, 60, 2), up(60, 60, 2), up(30, 30, 1));
    expect(state.gesture).toBeNull();
    expect(types(effects)).not.toContain('drag');
    expect(play(down(10, 10, 1), move(90, 90, 2)).state.gesture).toMatchObject({ at: at(10, 10) });
  });

  it('one that the browser takes to scroll changes nothing', () => {
    const { state } = play(down(10, 10), move(10, 30), { type: 'lost-pointer', pointer: 1 });
    expect(state).toMatchObject({ gesture: null, preview: null, phase: 'ready', past: [] });
  });
});

describe('the mask', () => {
  const brush: EditorEvent = { type: 'tool', tool: 'mask' };
  it('is painted in strokes, each a step of undo, and goes with the drag', () => {
    const { state } = play(brush, down(10, 10), move(20, 10), move(30, 10), up(30, 10));
    expect(documentOf(state).mask).toEqual([
      { points: [at(10, 10), at(20, 10), at(30, 10)], radius: 12, erases: false },
    ]);
    expect(documentOf(transition(state, { type: 'undo' })[0]).mask).toEqual([]);
    const erased = play(brush, down(10, 10), up(10, 10), { type: 'tool', tool: 'erase' }, down(1, 1), up(1, 1)).state;
    expect(documentOf(erased).mask[1]).toMatchObject({ erases: true });
    expect(documentOf(transition(erased, { type: 'clear-mask' })[0]).mask).toEqual([]);
    const dragging = play(brush, down(10, 10), up(10, 10), { type: 'tool', tool: 'drag' }, ...pull);
    expect(dragging.effects.at(-1)).toMatchObject({ document: { mask: [{ radius: 12 }] } });
    expect(documentOf(play(large, brush, down(10, 10), up(10, 10)).state).mask).toMatchObject([{ radius: 24 }]);
    const said = transition(dragging.state, { ...dragged, outside: 9.57 } as EditorEvent)[0].status;
    expect(said).toContain('Outside of the brush the model changed 9.6 of 255 on average; those pixels are put back.');
  });
});

describe('history', () => {
  it('keeps the old face when a new one is drawn', () => {
    const next: EditorEvent = { type: 'sampled', origin: { ...origin, seed: 8 }, frame: frame(8), milliseconds: 5 };
    const { state } = play({ type: 'sample', origin: { ...origin, seed: 8 } }, next);
    expect(documentOf(state).origin.seed).toBe(8);
    expect(documentOf(transition(state, { type: 'undo' })[0]).origin.seed).toBe(7);
  });

  it('is walked along, also while something runs, and branches off', () => {
    const back = play(...pull, dragged, { type: 'undo' }).state;
    expect(back).toMatchObject({ past: [], future: [{}] });
    expect(documentOf(transition(back, { type: 'redo' })[0]).frame.w).toEqual(Float32Array.of(2));
    expect(play(...pull, dragged, { type: 'undo' }, ...pull).effects.at(-1)?.type).toBe('drag');
    expect(play(...pull, dragged, { type: 'undo' }, ...pull, dragged).state.future).toEqual([]);
    expect(play({ type: 'undo' }, { type: 'redo' }).state.document).toBe(ready.document);
  });

  it('goes back one gesture also while something is computed: that is what was done last', () => {
    const undo: EditorEvent = { type: 'undo' };
    const first = play(...pull, undo);
    expect(first).toMatchObject({ state: { phase: 'ready', status: 'One step back.', running: null, future: [] } });
    expect(first.effects.at(-1)).toEqual({ type: 'stop' });
    expect(transition(first.state, dragged)[0]).toBe(first.state); // it comes late, and is not heard
    const second = play(...pull, dragged, { type: 'played' }, ...pull, undo).state;
    expect(documentOf(second).frame.w).toEqual(Float32Array.of(2));
    expect(second.past).toHaveLength(1);
    const waiting = play(...pull, down(50, 50, 2), up(60, 60, 2), down(90, 90), up(99, 99), undo).state;
    expect(waiting).toMatchObject({ phase: 'working', queued: [[{ handle: at(50, 50) }]] });
    // what was placed meanwhile is newer: it goes, and the drag goes on
    const both = play(several, ...pull, { type: 'drag' }, down(50, 50, 2), up(60, 60, 2), undo);
    expect(both.state).toMatchObject({ phase: 'working', running: [{ handle: at(10, 20) }] });
    expect(documentOf(both.state).points).toHaveLength(1);
    expect(types(both.effects)).not.toContain('stop');
    expect(transition(both.state, undo)[0]).toMatchObject({ phase: 'ready', running: null });
    const placed = play(several, ...pull, { type: 'drag' }, undo).state;
    expect(documentOf(placed).points).toHaveLength(1);
    expect(play({ type: 'sample', origin: { ...origin, seed: 8 } }, undo).state).toMatchObject({
      ...{ phase: 'ready', awaited: null, document: ready.document },
    });
  });
});

describe('loading and failing', () => {
  it('another model: what is shown stays until it is there, then nothing of it', () => {
    const loading: EditorEvent = { type: 'loading', status: 'Opening network.pkl…' };
    const { state, effects } = play(...pull, loading);
    expect(state).toMatchObject({ phase: 'loading', running: null, document: ready.document });
    expect(types(effects)).toEqual(['preview', 'drag', 'stop']);
    expect(transition(state, down(1, 1))).toEqual([state, []]);
    expect(transition(state, { type: 'drag' })).toEqual([state, []]);
    expect(transition(state, { type: 'resumed', status: 'no' })[0]).toMatchObject({ phase: 'ready', status: 'no' });
    expect(transition(state, { type: 'replaced' })[0]).toMatchObject({ phase: 'loading', document: null, past: [] });
  });

  it('refuses what is no event, by its name', () => {
    for (const type of ['undu', '__proto__', undefined]) {
      expect(() => transition(ready, { type } as never)).toThrow(`there is no event of the type '${type}'`);
    }
  });

  it('does nothing before there is a picture', () => {
    for (const event of [
      down(1, 1),
      { type: 'cursor', dx: 1, dy: 0 },
      { type: 'drag' },
      { type: 'undo' },
    ] as EditorEvent[]) {
      expect(transition(initialState, event)).toEqual([initialState, []]);
    }
  });

  it('drags before the predictor is there: the session waits for it', () => {
    const pending: EditorEvent = { type: 'info', info: { ...info, maxPoints: 0, predictorPending: true } };
    const { state, effects } = play(pending, ...pull);
    expect(types(effects)).toEqual(['drag']);
    expect(state.status).toContain('follows as soon as it is there');
    const none: EditorEvent = { type: 'info', info: { ...info, maxPoints: 0 } };
    expect(types(play(none, ...pull).effects)).toEqual(['drag']); // no preview: an optimisation takes too long
    expect(play(none, ...pull).state.status).toContain('by optimisation');
  });

  it('says a problem, keeps everything, and goes on', () => {
    const { state } = play(...pull, { type: 'problem', message: 'The device has run out of memory.' });
    expect(state).toMatchObject({ phase: 'ready', problem: 'The device has run out of memory.' });
    expect(documentOf(state)).toEqual({
      ...documentOf(ready),
      points: [{ handle: at(10, 20), target: at(20, 20) }],
    });
    const [again, effects] = transition(state, { type: 'retry' });
    expect(again).toMatchObject({ phase: 'working', problem: null });
    expect(effects).toMatchObject([{ type: 'drag', points: [{ handle: at(10, 20) }] }]);
    expect(transition(state, down(1, 1))[0].problem).toBeNull();
    const sample: EditorEvent = { type: 'sample', origin: { ...origin, seed: 8 } };
    const unsampled = play(sample, { type: 'problem', message: 'offline' }).state;
    expect(documentOf(unsampled)).toEqual(documentOf(ready));
    expect(transition(unsampled, { type: 'retry' })[1]).toEqual([sample]);
    const undone = play(...pull, dragged, { type: 'problem', message: 'offline' }, { type: 'undo' }).state;
    expect(undone.problem).toBeNull();
    const idle = play({ type: 'problem', message: 'the worker stopped' }).state;
    expect(transition(idle, { type: 'retry' })).toMatchObject([{ phase: 'ready', problem: null }, [{ type: 'start' }]]);
    const failed = transition(initialState, { type: 'failed', message: 'offline' })[0];
    expect(failed).toMatchObject({ phase: 'failed', problem: 'offline' });
    expect(transition(failed, { type: 'retry' })).toMatchObject([{ phase: 'loading' }, [{ type: 'start' }]]);
  });
});

describe('the view', () => {
  it('zooms about a place, and stays in the picture', () => {
    const zoomed = play({ type: 'zoom', factor: 2, about: at(100, 20) }).state.view;
    expect(zoomed).toEqual({ zoom: 2, x: 63.5 + 36.5 / 2, y: 63.5 - 43.5 / 2 });
    expect(play({ type: 'zoom', factor: 0.1, about: at(0, 0) }).state.view).toEqual({ zoom: 1, x: 63.5, y: 63.5 });
    expect(play({ type: 'zoom', factor: 4, about: at(0, 0) }, { type: 'pan', dx: -999, dy: 999 }).state.view).toEqual({
      zoom: 4,
      x: 15.5,
      y: 111.5,
    });
    expect(play({ type: 'pan', dx: 9, dy: 9 }).state.view).toEqual({ zoom: 1, x: 63.5, y: 63.5 });
    const zoomedIn: EditorEvent = { type: 'zoom', factor: 2, about: at(63.5, 63.5) };
    expect(play(zoomedIn, { type: 'info', info }).state.view.zoom).toBe(2);
    const other: EditorEvent = { type: 'info', info: { ...info, width: 64, height: 32 } };
    expect(play(zoomedIn, other).state.view).toEqual({ zoom: 1, x: 31.5, y: 15.5 });
  });
});
