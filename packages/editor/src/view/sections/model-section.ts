import type { EditorState } from '../../state/state.js';
import { button, h, isFocused } from '../dom.js';
import { fileInput } from '../file-input.js';
import { evenRow, folding, type Section, type SectionExtra } from './section.js';

/** Fastest first. */
export const backendNames = ['webgpu', 'webgl', 'wasm'] as const;

const backendTexts = { webgpu: 'WebGPU', webgl: 'WebGL', wasm: 'WebAssembly' } as const;

export type ModelActions = {
  openModel(files: File[]): void;
  defaultModel(): void;
  backend(name: string): void;
  clearKept(): void;
};

/** What computes, with what, and for how long; other models and other backends. */
export function createModelSection(actions: ModelActions): Section {
  const facts = h('dl');
  const backend = h('select', { 'aria-label': 'Computed by' }, h('option', { value: '' }, 'the fastest'));
  for (const name of backendNames) backend.append(h('option', { value: name }, backendTexts[name]));
  backend.addEventListener('change', () => actions.backend(backend.value));
  const files = fileInput('Open a model…', '.safetensors,.pkl,.pt,.pth', true, actions.openModel);
  const without = h(
    'p',
    { class: 'hint' },
    'This model has no predictor, so it is dragged by optimisation, which takes about a hundred times as long. To make one: ',
    h('code', {}, 'autodrag train regularizer'),
    ', then ',
    h('code', {}, 'autodrag train predictor'),
    '. Then open all three files at once.',
  );
  const element = folding(
    'Model',
    false,
    facts,
    without,
    h('label', { class: 'line' }, 'Computed by', backend),
    evenRow(files, button('Avatars', actions.defaultModel)),
    evenRow(button('Delete what is kept here', actions.clearKept)),
  );
  let last: Parameters<Section['draw']> | null = null;
  const draw: Section['draw'] = (...now) => {
    last = now;
    const [{ info }, { backend: asked }] = now;
    if (!isFocused(backend)) backend.value = backendNames.find((name) => name === asked) ?? '';
    without.hidden = !info || info.maxPoints > 0 || info.predictorPending;
    if (!element.open) return; // it changes with every edit
    facts.replaceChildren(...factsOf(...now).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
  };
  element.addEventListener('toggle', () => last && draw(...last));
  return { element, draw };
}

function factsOf({ info }: EditorState, { editTime, keeps }: SectionExtra): [string, string][] {
  if (!info) return [];
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  const drags = info.predictorPending ? 'the predictor is loading' : `up to ${info.maxPoints} points`;
  return [
    ['Model', info.name],
    ['Picture', `${info.width} × ${info.height}`],
    ['Generator', `${(info.parameters / 1e6).toFixed(1)} M parameters`],
    ['Drags', info.maxPoints || info.predictorPending ? drags : 'by optimisation'],
    ['Backend', `${info.backend}, ${info.device}`],
    ['Memory', megabytes(info.memoryBytes)],
    ['Last edit', editTime || '–'],
    ['Licence', info.name === 'Avatars' ? 'Apache-2.0' : 'as its maker says'],
    ['History', keeps ? 'kept in this browser' : 'ends with the page'],
    ...info.warnings.map((warning): [string, string] => ['Note', warning]),
  ];
}
