import { describe, expect, it } from 'vitest';
import { type Effect, type Event, initialState, type State, transition } from './state.js';

const news = { canUndo: true, canRedo: false, canReplay: true };
const loaded: Event = {
  type: 'loaded',
  size: { width: 128, height: 128 },
  maxPoints: 3,
  backend: 'wasm',
  milliseconds: 900,
};
const dragged: Event = {
  type: 'dragged',
  moved: true,
  before: 12,
  after: 0.8,
  calls: 2,
  milliseconds: 410,
  reached: [{ x: 1, y: 1 }],
  news,
};
const at = (x: number, y: number) => ({ x, y });
const down = (x: number, y: number, anchor = false): Event => ({ type: 'down', at: at(x, y), anchor });
const move = (x: number, y: number): Event => ({ type: 'move', at: at(x, y) });
const up = (x: number, y: number): Event => ({ type: 'up', at: at(x, y) });

/** Plays a script of events; gives the last state and all effects. */
function play(...events: Event[]): { state: State; effects: Effect[] } {
  let state = initialState;
  const effects: Effect[] = [];
  for (const event of [loaded, ...events]) {
    const [next, more] = transition(state, event);
    state = next;
    effects.push(...more);
  }
  return { state, effects };
}

describe('placing points', () => {
  it('drags when a pull is let go', () => {
    const { state, effects } = play(down(10, 20), move(15, 22), up(20, 25));
    expect(effects).toEqual([{ type: 'drag', points: [{ handle: at(10, 20), target: at(20, 25) }], anchors: [] }]);
    expect(state.phase).toBe('working');
    expect(state.gesture).toBeNull();
  });

  it('takes two clicks for a pull', () => {
    const { state } = play(down(10, 20), up(10, 20));
    expect(state.gesture).toEqual({ handle: at(10, 20), at: at(10, 20), pressed: false });
    const { effects } = play(down(10, 20), up(10, 20), move(30, 30), down(40, 20), up(40, 20));
    expect(effects).toEqual([{ type: 'drag', points: [{ handle: at(10, 20), target: at(40, 20) }], anchors: [] }]);
  });

  it('collects several points where the button drags', () => {
    const script = [{ type: 'immediate', on: false } as const, down(1, 1), up(9, 9), down(50, 50), up(60, 50)];
    expect(play(...script).effects).toEqual([]);
    expect(play(...script).state.points).toHaveLength(2);
    expect(play(...script, { type: 'drag' }).effects).toMatchObject([{ type: 'drag', points: [{}, {}] }]);
    expect(play({ type: 'drag' }).effects).toEqual([]);
  });

  it('sets and takes away anchors, and hands them over', () => {
    const { state } = play(down(30, 30, true), down(90, 90, true), down(31, 29, true));
    expect(state.anchors).toEqual([at(90, 90)]);
    expect(play(down(90, 90, true), down(1, 1), up(9, 9)).effects).toMatchObject([{ anchors: [at(90, 90)] }]);
  });

  it('keeps every point in the picture', () => {
    const { effects } = play(down(-3, 5), up(500, 130));
    expect(effects).toMatchObject([{ points: [{ handle: at(0, 5), target: at(127, 127) }] }]);
  });

  it('takes no more points than the model', () => {
    const { state } = play(down(5, 5, true), down(50, 5, true), down(5, 50, true), down(50, 50));
    expect(state.gesture).toBeNull();
    expect(state.status).toContain('3 points at most');
    expect(play(down(5, 5, true), down(50, 5, true), down(5, 50, true), down(80, 80, true)).state.anchors).toHaveLength(
      3,
    );
  });

  it('drops a point that is being placed, then all', () => {
    const placing = play(down(5, 5, true), down(10, 10), { type: 'cancel' });
    expect(placing.state.gesture).toBeNull();
    expect(placing.state.anchors).toHaveLength(1);
    expect(play(down(5, 5, true), { type: 'cancel' }).state.anchors).toEqual([]);
  });

  it('works by keyboard: two presses place handle and target', () => {
    const { effects, state } = play(
      { type: 'press', anchor: false }, // shows the cursor
      { type: 'cursor', dx: -4, dy: 0 },
      { type: 'press', anchor: false },
      { type: 'cursor', dx: 0, dy: 8 },
      { type: 'press', anchor: false },
    );
    expect(state.cursor).toEqual(at(60, 72));
    expect(effects).toEqual([{ type: 'drag', points: [{ handle: at(60, 64), target: at(60, 72) }], anchors: [] }]);
    expect(play({ type: 'cursor', dx: 0, dy: 0 }, { type: 'press', anchor: true }).state.anchors).toHaveLength(1);
  });
});

describe('what goes on', () => {
  const drag = [down(10, 10), up(30, 10)];

  it('shows the motion after a drag, then is ready for the next one from there', () => {
    const shown = play(...drag, dragged);
    expect(shown.state.phase).toBe('playing');
    expect(shown.effects.at(-1)).toEqual({ type: 'play' });
    expect(shown.state.status).toContain('12.0 px from the target before, 0.8 px now. 2 calls, 410 ms');
    const ready = play(...drag, dragged, { type: 'played' }).state;
    expect(ready).toMatchObject({ phase: 'ready', points: [], canUndo: true, canReplay: true });
  });

  it('says so when nothing moved', () => {
    const { state, effects } = play(...drag, { ...dragged, moved: false } as Event);
    expect(state.phase).toBe('ready');
    expect(state.status).toContain('no way nearer');
    expect(effects.at(-1)?.type).toBe('drag');
    const again = play(...drag, { ...dragged, moved: false } as Event, down(60, 60), up(70, 70));
    expect(again.effects.at(-1)).toMatchObject({ points: [{ handle: at(60, 60) }] });
  });

  it('takes no new points while it computes, and stops on Escape', () => {
    const { state, effects } = play(
      ...drag,
      down(5, 5),
      { type: 'sample', seed: 3 },
      { type: 'clear' },
      { type: 'cancel' },
    );
    expect(state.gesture).toBeNull();
    expect(effects.map((effect) => effect.type)).toEqual(['drag', 'stop']);
    expect(play(...drag, { type: 'stopped', message: 'Stopped.' }).state).toMatchObject({
      phase: 'ready',
      status: 'Stopped.',
    });
  });

  it('lets the next pull, undo or a new face interrupt the motion', () => {
    for (const [event, type] of [
      [{ type: 'undo' }, 'undo'],
      [{ type: 'sample', seed: 9 }, 'sample'],
    ] as const) {
      expect(play(...drag, dragged, event).effects.slice(-2)).toMatchObject([{ type: 'stop' }, { type }]);
    }
    const pulled = play(...drag, dragged, down(5, 5));
    expect(pulled.effects.at(-1)).toEqual({ type: 'stop' });
    expect(pulled.state).toMatchObject({ phase: 'ready', points: [], gesture: { handle: at(5, 5) } });
    // the motion's end comes late and changes nothing
    expect(transition(pulled.state, { type: 'played' })[0]).toBe(pulled.state);
  });

  it('undoes and redoes only where there is something', () => {
    expect(play({ type: 'undo' }, { type: 'redo' }, { type: 'replay' }).effects).toEqual([]);
    const { effects } = play(...drag, dragged, { type: 'played' }, { type: 'undo' });
    expect(effects.at(-1)).toEqual({ type: 'undo' });
  });

  it('clears the points for a new face', () => {
    const { state, effects } = play(down(5, 5, true), { type: 'sample', seed: 11 });
    expect(state.anchors).toEqual([]);
    expect(effects).toEqual([{ type: 'sample', seed: 11 }]);
    expect(transition(state, { type: 'sampled', seed: 11, milliseconds: 80, news })[0]).toMatchObject({
      phase: 'ready',
      seed: 11,
    });
  });

  it('does nothing before the model is there, nor after it failed', () => {
    for (const state of [initialState, transition(initialState, { type: 'failed', message: 'no' })[0]]) {
      for (const event of [
        down(1, 1),
        { type: 'cursor', dx: 1, dy: 0 },
        { type: 'sample', seed: 1 },
        { type: 'drag' },
      ] as Event[]) {
        expect(transition(state, event)).toEqual([state, []]);
      }
    }
  });
});
