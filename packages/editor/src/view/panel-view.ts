import type { Picture } from '@autodrag/autodrag';
import type { EditorEvent, EditorState, Tool } from '../state/state.js';
import { type ButtonOptions, button, enable, h, setAttributes } from './dom.js';

/** What the panel asks for that is no event of the editor's state. */
export type PanelActions = {
  send(event: EditorEvent): void;
  newFace(): void;
  seed(seed: number): void;
  psi(psi: number): void;
  mix(mix: { seed: number; from: number } | null): void;
  moreSamples(): void;
  exportAs(kind: ExportKind): void;
  copyLink(): void;
  share(): void;
  copyPicture(): void;
  openCode(file: File): void;
  openModel(files: File[]): void;
  defaultModel(): void;
  backend(name: string): void;
  clearKept(): void;
  retry(): void;
};

export type ExportKind = 'png' | 'gif' | 'mp4' | 'safetensors' | 'json';

export type PanelView = {
  readonly tools: HTMLElement;
  readonly element: HTMLElement;
  draw(state: EditorState, more: { samples: readonly (Sample | null)[]; editTime: string; keeps: boolean }): void;
};
export type Sample = { readonly seed: number; readonly picture: Picture };

export function createPanelView(actions: PanelActions, race: HTMLElement): PanelView {
  const { send } = actions;
  const tool = (name: Tool, label: string) =>
    button(label, () => send({ type: 'tool', tool: name }), { icon: name, iconOnly: true, toggle: true });
  const toolButtons: Record<Tool, HTMLButtonElement> = {
    drag: tool('drag', 'Drag points (V)'),
    anchor: tool('anchor', 'Anchors: places that stay (A)'),
    mask: tool('mask', 'Brush: what may change (B)'),
    erase: tool('erase', 'Eraser of the brush (E)'),
  };
  const act = (label: string, event: EditorEvent, options: ButtonOptions) => button(label, () => send(event), options);
  const iconOnly = true;
  const undo = act('Undo (Ctrl Z)', { type: 'undo' }, { icon: 'undo', iconOnly });
  const redo = act('Redo (Ctrl Shift Z)', { type: 'redo' }, { icon: 'redo', iconOnly });
  const middle = { x: 0, y: 0 };
  const zoom = (factor: number) => () => send({ type: 'zoom', factor, about: { x: middle.x, y: middle.y } });
  const compare = button('Before and after', () => undefined, { icon: 'compare', iconOnly, toggle: true });
  compare.addEventListener('click', () =>
    send({ type: 'compare', compare: compare.ariaPressed === 'true' ? 'off' : 'slider' }),
  );
  const replay = act('Replay the motion', { type: 'replay' }, { icon: 'play', iconOnly });
  const tools = h('div', { class: 'tools', part: 'tools', role: 'toolbar', 'aria-label': 'Tools' });
  tools.append(...Object.values(toolButtons), h('hr'), undo, redo, replay, compare, h('hr'));
  const closer = button('Closer (+)', zoom(1.5), { icon: 'in', iconOnly });
  const farther = button('Farther (−)', zoom(1 / 1.5), { icon: 'out', iconOnly });
  for (const one of [closer, farther]) one.classList.add('zoom');
  tools.append(closer, farther);
  tools.append(act('Whole picture (0)', { type: 'fit' }, { icon: 'fit', iconOnly }));

  const newFace = button('New face', actions.newFace, { primary: true, icon: 'dice' });
  const seed = h('input', { type: 'number', min: 0, max: 2 ** 32 - 1, step: 1, 'aria-label': 'Seed' });
  seed.addEventListener('change', () => {
    const value = seed.valueAsNumber;
    if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return actions.seed(value);
    seed.setCustomValidity(`A seed is a whole number from 0 to ${2 ** 32 - 1}.`);
    seed.reportValidity();
    send({ type: 'say', status: `A seed is a whole number from 0 to ${2 ** 32 - 1}.` });
  });
  seed.addEventListener('input', () => seed.setCustomValidity(''));
  const hold = button('Hold to compare', () => undefined);
  const endHold = () => send({ type: 'compare', compare: 'off' });
  hold.addEventListener('pointerdown', () => send({ type: 'compare', compare: 'hold' }));
  for (const end of ['pointerup', 'pointerleave', 'pointercancel', 'blur']) hold.addEventListener(end, endHold);
  hold.addEventListener(
    'keydown',
    ({ key, repeat }) => (key === ' ' || key === 'Enter') && !repeat && send({ type: 'compare', compare: 'hold' }),
  );
  hold.addEventListener('keyup', endHold);
  const drag = act('Drag', { type: 'drag' }, { primary: true });
  const clear = act('Clear points', { type: 'clear' }, { title: 'Escape' });
  const immediate = h('input', { type: 'checkbox' });
  immediate.addEventListener('change', () => send({ type: 'immediate', on: immediate.checked }));
  const radius = h('input', { type: 'range', min: 2, max: 64, step: 1, 'aria-label': 'Size of the brush' });
  radius.addEventListener('input', () => send({ type: 'radius', radius: radius.valueAsNumber }));
  const clearMask = act('Everything may change', { type: 'clear-mask' }, {});
  const brush = h('div', { class: 'row' }, h('label', { class: 'line grow' }, 'Brush', radius), clearMask);

  const strip = h('div', { class: 'strip', role: 'group', 'aria-label': 'Other faces' });
  const psi = h('input', { type: 'range', min: 0, max: 1.2, step: 0.05, 'aria-label': 'Variety (truncation)' });
  psi.addEventListener('change', () => actions.psi(psi.valueAsNumber));
  const mixOn = h('input', { type: 'checkbox' });
  const mixSeed = h('input', {
    type: 'number',
    min: 0,
    max: 2 ** 32 - 1,
    step: 1,
    value: 3,
    'aria-label': 'Seed of the colours',
  });
  const mixFrom = h('input', {
    type: 'range',
    min: 1,
    max: 11,
    step: 1,
    'aria-label': 'First layer of the second seed',
  });
  const mixed = () => {
    const ok = Number.isInteger(mixSeed.valueAsNumber) && mixSeed.valueAsNumber >= 0;
    if (ok) actions.mix(mixOn.checked ? { seed: mixSeed.valueAsNumber, from: mixFrom.valueAsNumber } : null);
  };
  for (const input of [mixOn, mixSeed, mixFrom]) input.addEventListener('change', mixed);
  const faces = h('details', { open: true }, h('summary', {}, 'Other faces'));
  faces.append(
    h(
      'div',
      {},
      ...[strip, h('div', { class: 'row' }, button('More', actions.moreSamples))],
      h('label', { class: 'line' }, 'Variety', psi),
      h('label', { class: 'check' }, mixOn, 'Colours of another seed'),
      h('div', { class: 'row' }, mixSeed, h('label', { class: 'line grow' }, 'from layer', mixFrom)),
    ),
  );

  const save = (label: string, kind: ExportKind) => button(label, () => actions.exportAs(kind));
  const codeFile = fileInput('Open code…', '.safetensors,.json', false, ([file]) => file && actions.openCode(file));
  const share = button('Share…', actions.share);
  share.hidden = typeof navigator.share !== 'function';
  const exports = h('details', {}, h('summary', {}, 'Save and share'));
  exports.append(
    h(
      'div',
      {},
      h(
        'div',
        { class: 'row' },
        save('PNG', 'png'),
        save('GIF', 'gif'),
        save('MP4', 'mp4'),
        button('Copy picture', actions.copyPicture),
      ),
      h('div', { class: 'row' }, button('Copy link', actions.copyLink), share),
      h('div', { class: 'row' }, save('Code', 'safetensors'), save('Code (JSON)', 'json'), codeFile),
      h('p', { class: 'hint' }, 'The link and the code hold this very picture; whoever opens them can go on from it.'),
    ),
  );

  const facts = h('dl');
  const backend = h('select', { 'aria-label': 'Computed by' });
  for (const [value, text] of backends) backend.append(h('option', { value }, text));
  backend.addEventListener('change', () => actions.backend(backend.value));
  const modelFiles = fileInput('Open a model…', '.safetensors,.pkl,.pt,.pth', true, actions.openModel);
  const model = h('details', {}, h('summary', {}, 'Model'));
  model.addEventListener('toggle', () => send({ type: 'say', status: statusNow }));
  let statusNow = '';
  const noPredictor = h(
    'p',
    { class: 'hint' },
    'Without a predictor a model is dragged by optimisation, which takes a hundred times as long. Train one: autodrag train regularizer, then autodrag train predictor. Then open all three files at once.',
  );
  model.append(
    h(
      'div',
      {},
      ...[
        facts,
        h('label', { class: 'line' }, 'Computed by', backend),
        h('div', { class: 'row' }, modelFiles, button('Avatars', actions.defaultModel)),
      ],
      noPredictor,
      h('div', { class: 'row' }, button('Delete what is kept here', actions.clearKept)),
    ),
  );
  const help = h('details', {}, h('summary', {}, 'How'), h('div', {}, helpList()));
  const status = h('div', { class: 'status', role: 'status', 'aria-live': 'polite' });
  const retry = button('Try again', actions.retry);
  const text = h('p');
  status.append(text, retry);
  const scroll = h('div', { class: 'scroll' });
  scroll.append(
    h('div', { class: 'row' }, newFace, h('label', {}, 'Seed ', seed)),
    h('label', { class: 'check' }, immediate, 'Drag when a point is let go'),
    h('div', { class: 'row' }, drag, clear, hold),
    ...[brush, faces, exports, race, model, help, h('slot', { name: 'panel' })],
  );
  const element = h('section', { class: 'panel', part: 'panel', 'aria-label': 'Controls' }, scroll, status);

  let drawn: readonly (Sample | null)[] = [];
  return {
    tools,
    element,
    draw(state, { samples, editTime, keeps }) {
      const { document, info, phase } = state;
      const there = Boolean(document) && phase !== 'failed';
      Object.assign(middle, { x: state.view.x, y: state.view.y });
      for (const [name, one] of Object.entries(toolButtons))
        setAttributes(one, { 'aria-pressed': String(state.tool === name) });
      setAttributes(compare, { 'aria-pressed': String(state.compare === 'slider') });
      enable(undo, state.past.length > 0);
      enable(redo, state.future.length > 0);
      enable(replay, there && phase === 'ready' && Boolean(document?.frame.codes.length));
      enable(newFace, Boolean(info));
      const fresh = document?.points.some((point) => !state.running?.includes(point) && !state.queued?.includes(point));
      enable(drag, there && Boolean(fresh));
      enable(
        clear,
        there && phase !== 'working' && Boolean(document && document.points.length + document.anchors.length),
      );
      enable(hold, there && state.past.length > 0);
      enable(clearMask, Boolean(document?.mask.length));
      brush.hidden = state.tool !== 'mask' && state.tool !== 'erase' && !document?.mask.length;
      immediate.checked = state.immediate;
      const focused = (element.getRootNode() as ShadowRoot).activeElement;
      if (document && focused !== seed) seed.value = String(document.origin.seed);
      if (document && focused !== psi) psi.value = String(document.origin.psi);
      if (focused !== radius) radius.value = String(state.radius);
      if (document && focused !== mixOn) mixOn.checked = document.origin.mix !== null;
      if (info) mixFrom.max = String(info.numWs - 1);
      if (focused !== mixFrom) mixFrom.value = String(document?.origin.mix?.from ?? Math.ceil((info?.numWs ?? 12) / 2));
      if (samples !== drawn) drawStrip(strip, samples, actions.seed);
      drawn = samples;
      noPredictor.hidden = !info || info.maxPoints > 0 || info.predictorPending;
      backend.value = [...backend.options].some(({ value }) => value === backend.value) ? backend.value : '';
      if (model.open)
        facts.replaceChildren(
          ...factsOf(state, { editTime, keeps }).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
        );
      statusNow = state.status;
      if (text.textContent !== state.status) text.textContent = state.status;
      status.classList.toggle('problem', state.problem !== null);
      retry.hidden = state.problem === null;
    },
  };
}

const backends = [
  ['', 'the fastest'],
  ['webgpu', 'WebGPU'],
  ['webgl', 'WebGL'],
  ['wasm', 'WebAssembly'],
] as const;

function factsOf({ info }: EditorState, { editTime, keeps }: { editTime: string; keeps: boolean }): [string, string][] {
  if (!info) return [];
  return [
    ['Model', info.name],
    ['Picture', `${info.width} × ${info.height}`],
    ['Generator', `${(info.parameters / 1e6).toFixed(1)} M parameters`],
    [
      'Drags',
      info.predictorPending
        ? 'predictor is loading'
        : info.maxPoints
          ? `up to ${info.maxPoints} points`
          : 'no predictor',
    ],
    ['Backend', `${info.backend}, ${info.device}`],
    ['Last edit', editTime || '–'],
    ['Licence', info.name === 'Avatars' ? 'Apache-2.0' : 'yours to know'],
    ['History', keeps ? 'kept in this browser' : 'ends with the page'],
    ...info.warnings.map((warning): [string, string] => ['Note', warning]),
  ];
}

function drawStrip(strip: HTMLElement, samples: readonly (Sample | null)[], open: (seed: number) => void): void {
  strip.replaceChildren(
    ...samples.map((sample) => {
      const one = button(sample ? `Face ${sample.seed}` : 'A face', () => sample && open(sample.seed), {
        iconOnly: true,
      });
      one.classList.remove('icon-only');
      enable(one, sample !== null);
      if (sample) {
        const { width, height, data } = sample.picture;
        const canvas = h('canvas', { width, height });
        canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
        one.append(canvas);
      }
      return one;
    }),
  );
}

function fileInput(label: string, accept: string, multiple: boolean, open: (files: File[]) => void): HTMLElement {
  const input = h('input', { type: 'file', accept, multiple, 'aria-label': label });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = ''; // the same file again is a change, too
    if (files.length) open(files);
  });
  return h('label', { class: 'file' }, label, input);
}

function helpList(): HTMLElement {
  const kbd = (text: string) => h('kbd', {}, text);
  return h(
    'ul',
    { class: 'hint' },
    h('li', {}, 'Pull a point, or press it and then the place where it should go. The picture follows while you pull.'),
    h('li', {}, 'Anchors are places that stay. The brush says what may change; the rest stays exactly as it is.'),
    h(
      'li',
      {},
      'Untick the box above to place several points; pull, nudge (',
      kbd('arrows'),
      ') or delete (',
      kbd('Del'),
      ') each.',
    ),
    h(
      'li',
      {},
      'Two fingers, or ',
      kbd('Ctrl'),
      ' and the wheel, zoom; ',
      kbd('Space'),
      ' or the middle button moves the picture.',
    ),
    h(
      'li',
      {},
      'By keyboard: ',
      kbd('arrows'),
      ' (',
      kbd('Shift'),
      ': faster), ',
      kbd('Enter'),
      ' for handle and target, ',
      kbd('Shift'),
      ' ',
      kbd('Enter'),
      ' for an anchor, ',
      kbd('Esc'),
      ' to stop.',
    ),
  );
}
