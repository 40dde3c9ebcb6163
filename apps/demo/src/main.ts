import { type Autodrag, loadAutodrag, type Point, pointsSvg, type Session, tweenCodes } from '@autodrag/autodrag';
import { type BackendName, startBackend } from '@autodrag/browser';
import { type Effect, type Event, initialState, isBusy, type SessionNews, type State, transition } from './state.js';
import './style.css';

const find = <T extends Element>(selector: string) => document.querySelector(selector) as T;
const stage = find<HTMLElement>('#stage');
stage.tabIndex = 0; // it takes the keyboard: see the page's own help
const canvas = find<HTMLCanvasElement>('#picture');
const overlay = find<HTMLElement>('#overlay');
const status = find<HTMLElement>('#status');
const backendLabel = find<HTMLElement>('#backend');
const seedInput = find<HTMLInputElement>('#seed');
const immediate = find<HTMLInputElement>('#immediate');
/** The stage has the picture's own shape, so that points are where they are clicked. */
const whole = { pad: 'none' } as const;
const button = (name: string) => find<HTMLButtonElement>(`#${name}`);

let state: State = { ...initialState, seed: seedFromAddress() ?? initialState.seed };
let autodrag: Autodrag | null = null;
let session: Session | null = null;
let running = new AbortController();
let nextSeed = state.seed;

function send(event: Event): void {
  const [next, effects] = transition(state, event);
  state = next;
  show();
  for (const effect of effects) void perform(effect);
}

async function perform(effect: Effect): Promise<void> {
  if (effect.type === 'stop') return running.abort(new Error('stopped'));
  running = new AbortController();
  const { signal } = running;
  try {
    await painted(); // let the page show that it is busy: wasm computes on this thread
    if (effect.type === 'sample') {
      const from = performance.now();
      const fresh = await (autodrag as Autodrag).sample(effect.seed);
      session?.dispose();
      session = fresh;
      session.draw(canvas, whole);
      send({ type: 'sampled', seed: effect.seed, milliseconds: performance.now() - from, news: news() });
    } else if (!session) {
      return;
    } else if (effect.type === 'drag') {
      const result = await session.drag(effect.points, {
        anchors: effect.anchors,
        signal,
        onCall: ({ picture }) => {
          // the picture of each call as soon as it is there
          if (!signal.aborted) putPicture(picture);
        },
      });
      const { moved, distanceBefore: before, distanceAfter: after, calls, milliseconds } = result;
      const reached = result.points.map((point) => point.reached);
      session.draw(canvas, whole);
      send({ type: 'dragged', moved, before, after, calls, milliseconds, reached, news: news() });
    } else if (effect.type === 'play') {
      const codes = session.lastDrag?.codes ?? [];
      for await (const frame of session.frames(tweenCodes(codes, 2))) {
        if (signal.aborted) break;
        putPicture(frame);
        await painted();
      }
      if (signal.aborted) return;
      session.draw(canvas, whole);
      send({ type: 'played' });
    } else {
      const done = effect.type === 'undo' ? await session.undo() : await session.redo();
      session.draw(canvas, whole);
      send({
        type: 'travelled',
        news: news(),
        what: done ? (effect.type === 'undo' ? 'One step back.' : 'One step forth.') : '',
      });
    }
  } catch (error) {
    session?.draw(canvas, whole);
    const message = signal.aborted ? 'Stopped.' : (error as Error).message;
    if (!signal.aborted) console.error(error);
    send({ type: 'stopped', message });
  }
}

function putPicture(picture: { width: number; height: number; data: Uint8ClampedArray }): void {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.putImageData(new ImageData(new Uint8ClampedArray(picture.data), picture.width, picture.height), 0, 0);
}

function news(): SessionNews {
  return {
    canUndo: session?.canUndo ?? false,
    canRedo: session?.canRedo ?? false,
    canReplay: Boolean(session?.lastDrag),
  };
}

function show(): void {
  const busy = isBusy(state) || state.phase === 'loading';
  stage.dataset.phase = state.phase;
  stage.setAttribute('aria-busy', String(state.phase === 'working' || state.phase === 'loading'));
  if (status.textContent !== state.status) status.textContent = state.status;
  backendLabel.textContent = state.backend;
  if (document.activeElement !== seedInput) seedInput.value = String(state.seed);
  immediate.checked = state.immediate;
  button('drag').disabled = busy || state.points.length === 0;
  button('drag').hidden = state.immediate;
  button('undo').disabled = state.phase === 'working' || !state.canUndo;
  button('redo').disabled = state.phase === 'working' || !state.canRedo;
  button('replay').disabled = busy || !state.canReplay;
  button('clear').disabled = busy || (state.points.length === 0 && state.anchors.length === 0);
  button('new').disabled = state.phase === 'working' || state.phase === 'loading' || state.phase === 'failed';
  drawOverlay();
}

function drawOverlay(): void {
  const { size, gesture, cursor } = state;
  if (!size) return;
  const pulled = gesture ? [...state.points, { handle: gesture.handle, target: gesture.at }] : state.points;
  const svg = pointsSvg(size, pulled, { scale: 512 / size.width, anchors: state.anchors, reached: state.reached });
  overlay.innerHTML = svg;
  if (cursor && document.activeElement === stage) {
    const mark = document.createElement('div');
    mark.className = 'cursor';
    mark.style.left = `${((cursor.x + 0.5) / size.width) * 100}%`;
    mark.style.top = `${((cursor.y + 0.5) / size.height) * 100}%`;
    overlay.append(mark);
  }
}

/** From the screen to pixels of the picture: (0, 0) is the centre of the top left one. */
function pointOf(event: PointerEvent): Point {
  const box = stage.getBoundingClientRect();
  const { width, height } = state.size ?? { width: 1, height: 1 };
  return {
    x: ((event.clientX - box.left) / box.width) * width - 0.5,
    y: ((event.clientY - box.top) / box.height) * height - 0.5,
  };
}

stage.addEventListener('pointerdown', (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  stage.focus({ preventScroll: true });
  stage.setPointerCapture(event.pointerId);
  send({ type: 'down', at: pointOf(event), anchor: event.shiftKey });
});
stage.addEventListener('pointermove', (event) => {
  if (state.gesture) send({ type: 'move', at: pointOf(event) });
});
stage.addEventListener('pointerup', (event) => send({ type: 'up', at: pointOf(event) }));
stage.addEventListener('pointercancel', () => send({ type: 'cancel' }));
stage.addEventListener('blur', drawOverlay);
stage.addEventListener('keydown', (event) => {
  const step = event.shiftKey ? 8 : 1;
  const ways: Record<string, [number, number]> = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, -step],
    ArrowDown: [0, step],
  };
  const way = ways[event.key];
  if (way) send({ type: 'cursor', dx: way[0], dy: way[1] });
  else if (event.key === 'Enter' || event.key === ' ') send({ type: 'press', anchor: event.shiftKey });
  else return;
  event.preventDefault();
});
document.addEventListener('keydown', (event) => {
  if (event.target instanceof HTMLInputElement && event.target.type === 'number') return;
  const command = event.ctrlKey || event.metaKey;
  if (event.key === 'Escape') send({ type: 'cancel' });
  else if (command && event.key.toLowerCase() === 'z') send({ type: event.shiftKey ? 'redo' : 'undo' });
  else if (command && event.key.toLowerCase() === 'y') send({ type: 'redo' });
  else return;
  event.preventDefault();
});
for (const name of ['drag', 'clear', 'undo', 'redo', 'replay'] as const) {
  button(name).addEventListener('click', () => send({ type: name }));
}
button('new').addEventListener('click', () => {
  nextSeed = (Math.max(nextSeed, state.seed) + 1) % 2 ** 32;
  send({ type: 'sample', seed: nextSeed });
});
seedInput.addEventListener('change', () => {
  const seed = seedInput.valueAsNumber;
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) send({ type: 'sample', seed });
  else seedInput.value = String(state.seed);
});
immediate.addEventListener('change', () => send({ type: 'immediate', on: immediate.checked }));

function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

function seedFromAddress(): number | null {
  const text = new URLSearchParams(location.search).get('seed');
  return text !== null && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 ? Number(text) : null;
}

async function start(): Promise<void> {
  const from = performance.now();
  try {
    const prefer = new URLSearchParams(location.search).get('backend') as BackendName | null;
    const { name: backend } = await startBackend({ prefer: prefer ?? [] });
    autodrag = await loadAutodrag();
    session = await autodrag.sample(state.seed);
    session.draw(canvas, whole);
    const { width, height, maxPoints } = autodrag;
    stage.style.aspectRatio = `${width} / ${height}`;
    send({ type: 'loaded', size: { width, height }, maxPoints, backend, milliseconds: performance.now() - from });
  } catch (error) {
    console.error(error);
    send({ type: 'failed', message: (error as Error).message });
  }
}

show();
void start();
