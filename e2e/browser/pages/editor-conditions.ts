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

const panel = (editor: AutodragEditor, name: string) =>
  all(editor, 'button').find(
    (one) => (one.getAttribute('aria-label') ?? one.textContent) === name,
  ) as HTMLButtonElement;

/** Each failure is told once, whatever happens after it; a file that cannot be opened, by the promise. */
async function failures() {
  const { editor, session } = await open();
  const told: string[] = [];
  editor.addEventListener('autodrag-error', (event) => told.push((event as CustomEvent<Error>).detail.message));
  const { drag, render } = session;
  session.drag = async () => {
    throw new Error('The device is tired.');
  };
  pull(editor, 20, 20);
  await until(() => editor.state.problem);
  for (const x of [30, 40]) editor.send({ type: 'zoom', factor: 2, about: { x, y: 20 } });
  editor.send({ type: 'fit' });
  session.drag = drag;
  editor.send({ type: 'retry' });
  await until(() => editor.state.past.length === 1);
  await ready(editor);
  const said = [...told];
  const wOf = (...w: number[]) => new File([JSON.stringify({ format: 'autodrag.latent/1', w })], 'code.json');
  const refused = async (file: File) =>
    editor.openCode(file).then(
      () => 'opened',
      (error: Error) => error.message,
    );
  const opened = [await refused(wOf(1, 2)), await refused(wOf(50))];
  session.render = async () => {
    throw new Error('No such code.');
  };
  opened.push(await refused(wOf(60)));
  session.render = render;
  const { phase, document: now, past } = editor.state;
  editor.remove();
  return { said, opened, phase, w: now!.frame.w[0], steps: past.length };
}

/** The slider is there again after the button was held; a button that is off changes nothing. */
async function holding() {
  const { editor } = await open();
  const hold = panel(editor, 'Hold to see the picture before');
  const seen: string[] = [];
  const press = async (name: string) => {
    await until(() => (hold.ariaDisabled === 'true') === (editor.state.past.length === 0));
    await pause(50);
    hold.dispatchEvent(new PointerEvent(name));
    seen.push(editor.state.compare);
  };
  editor.send({ type: 'compare', compare: 'slider' });
  for (const name of ['pointerdown', 'pointerup']) await press(name);
  pull(editor, 20, 20);
  await ready(editor);
  for (const name of ['pointerdown', 'pointerup']) await press(name);
  editor.remove();
  return seen;
}

/** Switched off by the page, or under a dialog: no key of the page's is meant for it. Escape stays the page's, too. */
async function switchedOff() {
  const { editor } = await open();
  const tool = (key: string) => {
    press(document.body, key);
    return editor.state.tool;
  };
  const seen: unknown[] = [tool('b')];
  editor.inert = true;
  seen.push(tool('v'));
  editor.inert = false;
  const dialog = document.body.appendChild(document.createElement('dialog'));
  dialog.showModal();
  seen.push(tool('a'));
  dialog.remove();
  seen.push(tool('v'));
  pull(editor, 20, 20);
  await ready(editor);
  editor.send({ type: 'immediate', on: false });
  pull(editor, 20, 20);
  // a finger has no key to delete by
  const [remove, undo] = [panel(editor, 'Delete'), panel(editor, 'Undo (Ctrl Z)')];
  await until(() => remove.ariaDisabled !== 'true');
  remove.click();
  seen.push(editor.state.document!.points.length);
  undo.click();
  editor.send({ type: 'select', point: { kind: 'target', index: 0 } });
  // lets go of the point, takes the points away, and has nothing more to do
  seen.push([1, 2, 3].map(() => press(all(editor, '.stage')[0]!, 'Escape')));
  editor.remove();
  return seen;
}

/** What the panel shows of the page that it is in. */
async function panels() {
  const { editor, session } = await open();
  const sample = session.sample;
  let release = () => {};
  session.sample = async (request) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return sample(request);
  };
  panel(editor, 'More').click();
  const [first] = all(editor, '.strip button') as [HTMLButtonElement];
  first.focus();
  await until(() => {
    release();
    return all(editor, '.strip canvas').length === 8;
  });
  const keeps = editor.shadowRoot!.activeElement === first && all(editor, '.strip button')[0] === first;
  const links = [panel(editor, 'Copy link').hidden];
  editor.setAttribute('link', '');
  editor.send({ type: 'say', status: 'a' });
  await until(() => !panel(editor, 'Copy link').hidden);
  links.push(panel(editor, 'Copy link').hidden);
  editor.removeAttribute('link');
  editor.setAttribute('backend', 'webgl');
  const select = all(editor, 'select')[0] as HTMLSelectElement;
  await until(() => select.value === 'webgl');
  await ready(editor);
  Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined });
  panel(editor, 'Copy picture').click();
  await until(() => editor.state.status.startsWith('This browser lets this page copy nothing.'));
  Reflect.deleteProperty(navigator, 'clipboard');
  editor.remove();
  return { keeps, links };
}

/** Without room on the disk it is said, once, and the editor goes on. */
async function fullDisk() {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = () => {
    throw new DOMException('The disk is full.', 'QuotaExceededError');
  };
  const editor = document.createElement('autodrag-editor') as AutodragEditor;
  editor.setAttribute('keep', 'full');
  editor.session = pretendSession().session;
  document.body.append(editor);
  await until(() =>
    editor.state.status.endsWith('This browser has no room for the history: after a reload it is gone.'),
  );
  pull(editor, 20, 20);
  await until(() => editor.state.past.length === 1);
  await ready(editor);
  await pause(100);
  const { status } = editor.state;
  IDBObjectStore.prototype.put = put;
  editor.remove();
  return status;
}

/** A race ends by Escape, and with the model that it is of. */
async function races() {
  const { editor } = await open({ takes: 300 });
  pull(editor, 20, 20);
  await until(() => editor.state.past.length === 1);
  await ready(editor);
  const start = panel(editor, 'Race on the last drag');
  const begin = async () => {
    await until(() => start.ariaDisabled !== 'true');
    start.click();
    await until(() => all(editor, '.lane').length === 4);
  };
  await begin();
  const heard = press(all(editor, '.stage')[0]!, 'Escape');
  await until(() => start.ariaDisabled !== 'true');
  await begin();
  await editor.openModel({ name: 'Other' });
  await pause(500);
  const lanes = all(editor, '.lane').length;
  editor.remove();
  return { heard, lanes };
}

/** Fingers scroll a part of the page that scrolls; in pages that are read from the right, pictures stay as they are. */
async function inOtherPages() {
  const host = document.body.appendChild(document.createElement('div'));
  host.dir = 'rtl';
  host.style.cssText = 'width: 800px; height: 300px; overflow: auto';
  const { editor } = await open({}, host);
  editor.style.cssText = 'height: 290px; min-height: 0';
  const stage = all(editor, '.stage')[0] as HTMLElement;
  const action = () => {
    editor.send({ type: 'fit' });
    return getComputedStyle(stage).touchAction;
  };
  await until(() => action() === 'none');
  editor.style.height = '900px';
  host.style.height = '280px';
  await until(() => action() === 'pan-x pan-y');
  const { direction } = getComputedStyle(all(editor, '.split')[0]!);
  host.remove();
  return direction;
}

/** A finger that is down when the editor is taken out of the page never comes up there. */
async function fingerThatIsGone() {
  const { editor } = await open();
  const stage = all(editor, '.stage')[0] as HTMLElement;
  stage.setPointerCapture = () => {}; // no browser knows of these fingers
  const { left, top, width, height } = stage.getBoundingClientRect();
  const touch = (name: string, pointerId: number, x: number) => {
    const at = { clientX: left + width / 2 + x, clientY: top + height / 2 };
    stage.dispatchEvent(
      new PointerEvent(name, { ...at, pointerId, isPrimary: true, pointerType: 'touch', bubbles: true }),
    );
  };
  touch('pointerdown', 5, 0);
  editor.remove();
  await pause(50);
  document.body.append(editor);
  await ready(editor);
  touch('pointerdown', 6, 0);
  touch('pointermove', 6, 40);
  touch('pointerup', 6, 40);
  await until(() => editor.state.past.length === 1);
  editor.remove();
}

/** A model that is opened while the first one is on its way. */
async function openedAtOnce() {
  const { session, started, sampled } = pretendSession();
  const editor = Object.assign(document.createElement('autodrag-editor'), { session }) as AutodragEditor;
  document.body.append(editor);
  await pause(0);
  await editor.openModel({ name: 'Mine' });
  const { info, past } = editor.state;
  const seen = {
    name: info?.name,
    steps: past.length,
    models: started.map(({ model }) => model?.name),
    sampled: sampled.slice(0, 1),
  };
  editor.remove();
  return seen;
}

export async function run() {
  const errors: string[] = [];
  addEventListener('error', ({ message }) => errors.push(message));
  addEventListener('unhandledrejection', ({ reason }) => errors.push(String(reason)));
  defineAutodragEditor();
  return {
    ...{ room: await withoutRoom(), points: await manyPoints(), undo: await undoInDrags(), two: await twoEditors() },
    ...{ fields: await fieldsOfThePage(), background: await inTheBackground() },
    ...{ failures: await failures(), holding: await holding(), off: await switchedOff(), panels: await panels() },
    ...{
      disk: await fullDisk(),
      races: await races(),
      direction: await inOtherPages(),
      finger: await fingerThatIsGone(),
    },
    ...{ atOnce: await openedAtOnce(), errors },
  };
}
