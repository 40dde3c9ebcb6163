import { type AutodragEditor, defineAutodragEditor } from '@autodrag/editor';
import { Autodrag } from '@autodrag/editor/react';
import { createElement, createRef, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { pretendSession } from '../editor/pretend-session.js';
import { pause, waits } from '../editor/waits.js';

const make = () => document.createElement('autodrag-editor') as AutodragEditor;
const { until, ready } = waits(30);
const seedOf = ({ state }: AutodragEditor) => state.document?.origin.seed;
const settle = () => pause(100);

/** Properties that a page sets while the element's program is still on its way. */
async function beforeItsDefinition() {
  const { session, started } = pretendSession();
  const createWorker = () => new Worker('nowhere.js');
  const editor = Object.assign(make(), { session, createWorker, model: { name: 'Mine' } });
  document.body.append(editor);
  defineAutodragEditor();
  await ready(editor);
  const kept = editor.session === session && editor.createWorker === createWorker;
  editor.remove();
  return { kept, started };
}

async function attributesAtRunTime() {
  const { session, started } = pretendSession();
  const editor = Object.assign(make(), { session });
  document.body.append(editor);
  await ready(editor);
  const change = async (name: string, value: string | null, met: () => unknown) => {
    if (value === null) editor.removeAttribute(name);
    else editor.setAttribute(name, value);
    await until(met);
    await ready(editor);
  };
  await change('seed', '9', () => seedOf(editor) === 9);
  await change('seed', 'x', () => editor.state.status.includes('whole number'));
  const seeds = editor.state.past.map(({ origin }) => origin.seed);
  await change('backend', 'webgl', () => started.length === 2);
  await change('backend', 'webgpx', () => started.length === 3);
  const { status } = editor.state;
  await change('backend', null, () => started.length === 4);
  await change('base-url', 'models', () => started.length === 5);
  await change('base-url', null, () => started.length === 6);
  // one that comes while the first picture is on its way
  const late = pretendSession();
  const other = Object.assign(make(), { session: late.session });
  document.body.append(other);
  await until(() => late.sampled.length > 0);
  other.setAttribute('seed', '12');
  await ready(other);
  await settle();
  const first = seedOf(other);
  editor.remove();
  other.remove();
  return { seeds, started, status, first };
}

/** In React: from the first one, under StrictMode, to one that is mounted when the element is long defined. */
async function inReact() {
  const seen = [];
  for (const seed of [3, 4]) {
    const { session, started, sampled, disposed } = pretendSession();
    const container = document.body.appendChild(document.createElement('div'));
    const root = createRoot(container);
    const states: unknown[] = [];
    const props = { session, model: { name: 'Mine' }, onChange: (state: unknown) => states.push(state) };
    const show = (now: number) =>
      root.render(createElement(StrictMode, null, createElement(Autodrag, { ...props, seed: now })));
    show(seed);
    await until(() => container.firstElementChild);
    const editor = container.firstElementChild as AutodragEditor;
    await ready(editor);
    show(seed + 10);
    await until(() => seedOf(editor) === seed + 10);
    const before = states.length;
    editor.send({ type: 'tool', tool: 'mask' });
    const told = states.length - before;
    root.unmount();
    await settle();
    container.remove();
    seen.push({ names: started.map(({ model }) => model?.name), sampled: sampled[0], told, disposed: disposed() });
  }
  return seen;
}

/** What an app hands over later, or asks for: the element, another model, attributes of every kind. */
async function laterInReact() {
  const { session, started } = pretendSession();
  const container = document.body.appendChild(document.createElement('div'));
  const root = createRoot(container);
  const ref = createRef<AutodragEditor>();
  const failed: string[] = [];
  const onError = ({ message }: Error) => failed.push(message);
  const show = async (name: string, link: boolean) => {
    root.render(createElement(Autodrag, { ...{ session, ref, link, onError, className: 'wide' }, model: { name } }));
    await until(() => ref.current?.state?.info?.name === name);
    await ready(ref.current!);
    await settle(); // it is rendered
  };
  await show('One', true);
  const editor = ref.current!;
  const attributes = [editor === container.firstElementChild, editor.getAttribute('link'), editor.className];
  await show('One', false); // another object, the same model
  attributes.push(editor.hasAttribute('link'));
  await show('Two', false);
  const start = session.start;
  session.start = async () => {
    throw new Error('No such model.');
  };
  root.render(createElement(Autodrag, { session, ref, onError, model: { name: 'Three' } }));
  await until(() => failed.length > 0);
  session.start = start;
  await ready(editor);
  root.unmount();
  await settle();
  container.remove();
  return { attributes, names: started.map(({ model }) => model?.name), failed, gone: ref.current };
}

export async function run() {
  const before = await beforeItsDefinition();
  return { before, attributes: await attributesAtRunTime(), react: await inReact(), later: await laterInReact() };
}
