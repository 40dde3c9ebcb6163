import { type AutodragEditor, defineAutodragEditor } from '@autodrag/editor';
import { pictureOf, pretendSession } from '../editor/pretend-session.js';
import { pause, waits } from '../editor/waits.js';

const { until, ready } = waits(60);
const all = (editor: AutodragEditor, what: string) => [...editor.shadowRoot!.querySelectorAll(what)];

async function open(options: Parameters<typeof pretendSession>[0] = {}, host: Element = document.body) {
  const pretended = pretendSession(options);
  const editor = document.createElement('autodrag-editor') as AutodragEditor;
  editor.session = pretended.session;
  host.append(editor);
  await ready(editor);
  return { editor, ...pretended };
}

function pull(editor: AutodragEditor, x: number, y: number) {
  editor.send({ type: 'down', at: { x, y }, pointer: 1, reach: 0.5 });
  editor.send({ type: 'move', at: { x: x + 2, y }, pointer: 1 });
  editor.send({ type: 'up', at: { x: x + 2, y }, pointer: 1 });
}

const press = (target: EventTarget, key: string) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true });
  target.dispatchEvent(event);
  return event.defaultPrevented;
};

/** How opaque it is there: not at all where nothing is drawn. */
function middleOf(canvas: HTMLCanvasElement) {
  const { width, height } = canvas;
  return canvas.getContext('2d')!.getImageData(width >> 1, height >> 1, 1, 1).data[3];
}

async function withoutRoom() {
  const host = document.body.appendChild(document.createElement('div'));
  const seen = [];
  for (const style of ['width: 0; height: 0; overflow: hidden', 'display: none']) {
    host.style.cssText = style;
    const { editor } = await open({}, host);
    editor.style.cssText = 'height: 100%; min-height: 0';
    pull(editor, 20, 20);
    await ready(editor);
    editor.send({ type: 'zoom', factor: 2, about: { x: 20, y: 20 } });
    editor.send({ type: 'compare', compare: 'slider' });
    const steps = editor.state.past.length;
    host.style.cssText = 'width: 900px; height: 500px';
    const canvas = all(editor, 'canvas.picture')[0] as HTMLCanvasElement;
    await until(() => canvas.height > 300 && middleOf(canvas));
    seen.push({ steps, zoom: editor.state.view.zoom });
    editor.remove();
  }
  host.remove();
  return seen;
}

async function manyPoints() {
  const { editor, drags } = await open({ maxPoints: 64 });
  editor.send({ type: 'immediate', on: false });
  for (let i = 0; i < 64; i++) pull(editor, 2 + 7 * (i % 8), 2 + 7 * (i >> 3));
  await until(() => all(editor, '.point').length === 128);
  pull(editor, 62, 62);
  const { status } = editor.state;
  const placed = editor.state.document!.points.length;
  editor.send({ type: 'drag' });
  await ready(editor);
  const left = editor.state.document!.points.length;
  editor.send({ type: 'undo' });
  const back = editor.state.document!.points.length;
  editor.remove();
  return { status, placed, drags, left, back };
}

/** Undo, redo and pulls while drags run, whose answers come late. */
async function undoInDrags() {
  const { editor, drags } = await open({ takes: 20 });
  const codes = () => {
    const { past, document: now, future } = editor.state;
    return [...past, now!, ...future].map(({ frame }) => frame.w[0]);
  };
  const wrong: string[] = [];
  editor.addEventListener('autodrag-change', () => {
    const { frame } = editor.state.document!;
    if (frame.picture.data[0] !== pictureOf(frame.w[0]!).data[0]) wrong.push(`a picture of another code`);
  });
  for (let i = 0; i < 3; i++) {
    pull(editor, 20, 20);
    await until(() => editor.state.phase === 'ready');
  }
  const begun = codes();
  for (let i = 0; i < 60; i++) {
    if (i % 6 === 0) pull(editor, 10 + i / 2, 20);
    editor.send({ type: i % 5 < 3 ? 'undo' : 'redo' });
    if (i % 4 === 0) await pause(i % 9);
  }
  await ready(editor);
  await pause(200); // for answers that nobody waits for
  const { phase, running, queued, gesture } = editor.state;
  while (editor.state.past.length) editor.send({ type: 'undo' });
  const first = codes()[0];
  editor.remove();
  return { begun, wrong, end: { phase, running, queued, gesture }, first, many: drags.length > 5 };
}

async function twoEditors() {
  const [one, other] = [(await open()).editor, (await open()).editor];
  const tools = () => [one.state.tool, other.state.tool];
  const seen: Record<string, unknown> = {};
  press(document.body, 'b');
  seen.neither = tools();
  press(all(one, '.stage')[0]!, 'b');
  seen.one = tools();
  other.send({ type: 'tool', tool: 'mask' });
  const masks = [one, other].map((editor) => all(editor, 'canvas.mask')[0] as HTMLCanvasElement);
  const painted = (mask: HTMLCanvasElement) => {
    const { data } = mask.getContext('2d')!.getImageData(0, 0, mask.width, mask.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  };
  pull(one, 20, 20);
  await until(() => !masks[0]!.hidden && painted(masks[0]!) > 0);
  seen.hidden = masks[1]!.hidden;
  pull(other, 20, 20);
  pull(other, 40, 40);
  await until(() => !masks[1]!.hidden && painted(masks[1]!) > 1.5 * painted(masks[0]!));
  seen.steps = [one.state.past.length, other.state.past.length];
  other.remove();
  await pause(50);
  press(document.body, 'v');
  seen.left = tools();
  one.remove();
  return seen;
}

/** What a page puts into the slot of the panel is typed into as anywhere else. */
async function fieldsOfThePage() {
  const { editor } = await open();
  const seen = [];
  for (const name of ['input', 'textarea', 'p'] as const) {
    const field = document.createElement(name);
    Object.assign(field, { slot: 'panel', ...(name === 'p' ? { contentEditable: 'true' } : {}) });
    editor.append(field);
    seen.push([press(field, 'b'), editor.state.tool]);
  }
  editor.remove();
  return seen;
}

/** Pages in the background have no frames: what a motion waits for does not come. */
async function inTheBackground() {
  const { editor } = await open();
  const frames: FrameRequestCallback[] = [];
  const { requestAnimationFrame } = globalThis;
  const hide = (hidden: boolean) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  globalThis.requestAnimationFrame = (frame) => frames.push(frame);
  hide(true);
  pull(editor, 20, 20);
  await until(() => editor.state.phase === 'ready');
  const steps = editor.state.past.length;
  hide(false);
  pull(editor, 20, 20);
  await until(() => editor.state.phase === 'playing');
  await pause(50);
  hide(true);
  await until(() => editor.state.phase === 'ready');
  globalThis.requestAnimationFrame = requestAnimationFrame;
  for (const frame of frames) requestAnimationFrame(frame);
  hide(false);
  const canvas = all(editor, 'canvas.picture')[0] as HTMLCanvasElement;
  await until(() => middleOf(canvas));
  editor.remove();
  return steps;
}

export async function run() {
  const errors: string[] = [];
  addEventListener('error', ({ message }) => errors.push(message));
  addEventListener('unhandledrejection', ({ reason }) => errors.push(String(reason)));
  defineAutodragEditor();
  return {
    ...{ room: await withoutRoom(), points: await manyPoints(), undo: await undoInDrags(), two: await twoEditors() },
    ...{ fields: await fieldsOfThePage(), background: await inTheBackground(), errors },
  };
}
