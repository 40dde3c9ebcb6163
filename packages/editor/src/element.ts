import type { Picture } from '@autodrag/autodrag';
import { fixedOutside } from './io/compose-picture.js';
import { exportAnimation } from './io/export-animation.js';
import { exportLatent, exportPicture } from './io/export-picture.js';
import { createHistoryStore, type HistoryStore } from './io/history-store.js';
import { framesOf, motionOf } from './io/motion.js';
import { openLatent } from './io/open-latent.js';
import { readShareLink, writeShareLink } from './io/share-link.js';
import { createEffects, firstOrigin, frameOf, plainWords } from './run-effects.js';
import { createWorkerSession } from './session/create-worker-session.js';
import type {
  DragMethodName,
  EditorSession,
  ModelSource,
  SessionEvent,
  StartOptions,
} from './session/editor-session.js';
import type { EditorDocument, Origin } from './state/document.js';
import { type EditorEvent, type EditorState, initialState } from './state/state.js';
import { transition } from './state/transition.js';
import { seconds } from './state/work.js';
import { h } from './view/dom.js';
import { createLoadView } from './view/load-view.js';
import { createPanelView, type ExportKind, type Sample } from './view/panel-view.js';
import { createRaceView, type Runner } from './view/race-view.js';
import { listenToStage } from './view/stage-input.js';
import { createStageView } from './view/stage-view.js';
import { styles } from './view/styles.js';

const stripLength = 8;

/** On a server there are no elements: the module can be imported there, and does nothing. */
const Element = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * `<autodrag-editor>`: a drag editor for generated pictures. It loads the avatars unless told otherwise, and computes
 * in a worker.
 *
 * Attributes: `seed` (of the first picture), `backend` (`webgpu`, `webgl`, `wasm`), `base-url` (a folder with another
 * model's files), `keep` (a name under which the history survives a reload), `link` (the page's address after `#` holds
 * the picture). Events: `autodrag-change` (`detail: EditorState`), `autodrag-error` (`detail: Error`).
 */
export class AutodragEditor extends Element {
  static observedAttributes = ['seed', 'base-url'];

  /** Set it before the element is in a page, to compute elsewhere: `createRemoteSession`, for example. */
  session: EditorSession | null = null;
  /** Makes the worker, where a bundler does not move the package's own. */
  createWorker: (() => Worker) | undefined;
  /** A model of yours; set it before the element is in a page, or call `openModel`. */
  model: ModelSource = {};

  #state: EditorState = initialState;
  #started: Promise<EditorSession> | null = null;
  #live: EditorSession | null = null;
  #store: HistoryStore | null = null;
  #shown: Picture | null = null;
  #hover: { x: number; y: number } | null = null;
  #samples: (Sample | null)[] = [];
  #strip = 0;
  #editTime = '';
  #frame = 0;
  #end = new AbortController();
  #stage = createStageView();
  #load = createLoadView();
  #runners: readonly Runner[] = [];
  #race = new AbortController();
  #raceView = createRaceView({
    start: () => void this.#attempt(() => this.#startRace()),
    stop: () => this.#race.abort(),
    take: (w) => this.send({ type: 'open', w }),
  });
  #panel = createPanelView(
    {
      send: (event) => this.send(event),
      newFace: () => this.#sample({ ...this.#origin(), seed: (this.#origin().seed + 1) % 2 ** 32 }),
      seed: (seed) => this.#sample({ ...this.#origin(), seed }),
      psi: (psi) => this.#sample({ ...this.#origin(), psi }),
      mix: (mix) => this.#sample({ ...this.#origin(), mix }),
      moreSamples: () => void this.#fillStrip((this.#samples[0]?.seed ?? this.#origin().seed) + stripLength),
      exportAs: (kind) => void this.#attempt(() => this.#save(kind)),
      copyLink: () => void this.#attempt(() => this.#copyLink()),
      share: () => void this.#attempt(() => this.#share()),
      copyPicture: () => void this.#attempt(() => this.#copyPicture()),
      openCode: (file) => void this.#attempt(() => this.openCode(file)),
      openModel: (files) => void this.#attempt(() => this.openModel(modelOf(files))),
      defaultModel: () => void this.#attempt(() => this.openModel({})),
      backend: (name) =>
        void this.#attempt(() => this.#restart({ backend: (name || undefined) as StartOptions['backend'] })),
      clearKept: () => void this.#attempt(() => this.#clearKept()),
      retry: () => this.send({ type: this.#state.document ? 'drag' : 'retry' }),
    },
    this.#raceView.element,
  );
  #perform = createEffects({
    session: () => this.#live as EditorSession,
    send: (event) => this.send(event),
    show: (picture) => {
      this.#shown = picture;
      this.#draw();
    },
    before: () => this.#state.past.at(-1)?.frame.picture ?? null,
    start: () => void this.#start(),
    keep: () => {
      const { document, past, future } = this.#state;
      if (document) void this.#store?.write({ document, past, future });
      if (this.hasAttribute('link') && document) void this.#writeLink();
    },
  });

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    const editor = h('div', { class: 'editor' }, this.#panel.tools, this.#stage.element, this.#panel.element);
    this.#stage.element.append(this.#load.element);
    root.append(editor);
    const input = { state: () => this.#state, send: (event: EditorEvent) => this.send(event) };
    listenToStage(this.#stage, { ...input, hover: (at) => this.#brushAt(at) });
    root.addEventListener('keydown', (event) => this.#shortcut(event as KeyboardEvent));
  }

  /** What the editor shows. Read it; changes are made by `send`. */
  get state(): EditorState {
    return this.#state;
  }

  /** Lets something happen, as a user would: `editor.send({ type: 'undo' })`. */
  send(event: EditorEvent): void {
    const [next, effects] = transition(this.#state, event);
    const changed = next !== this.#state;
    this.#state = next;
    if (event.type === 'dragged') this.#editTime = seconds(event.milliseconds);
    for (const effect of effects) this.#perform(effect);
    if (!changed) return;
    this.#draw();
    this.dispatchEvent(new CustomEvent('autodrag-change', { detail: next }));
    if (next.problem && event.type !== 'say') {
      this.dispatchEvent(new CustomEvent('autodrag-error', { detail: new Error(next.problem) }));
    }
  }

  connectedCallback(): void {
    this.#end = new AbortController();
    const { signal } = this.#end;
    const keep = this.getAttribute('keep');
    this.#store = keep === null ? null : createHistoryStore(keep || 'default');
    new ResizeObserver(() => this.#draw()).observe(this.#stage.element);
    addEventListener('hashchange', () => void this.#attempt(() => this.#followLink()), { signal });
    // after whoever defined or made the element has set its properties
    queueMicrotask(() => this.isConnected && !this.#started && void this.#start());
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#end.abort();
    queueMicrotask(() => {
      if (this.isConnected) return; // it was moved within the page
      this.#live?.dispose();
      this.#live = null;
      this.#started = null;
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === null || before === now || !this.#live) return;
    if (name === 'seed') this.#sample({ ...this.#origin(), seed: seedOf(now) ?? 0 });
    if (name === 'base-url' && now) void this.#attempt(() => this.openModel({ baseUrl: now }));
  }

  /** Edits with another model; the history of the one before is left. */
  async openModel(model: ModelSource): Promise<void> {
    this.model = model;
    await this.#store?.clear();
    this.#state = { ...this.#state, document: null, past: [], future: [] };
    this.#samples = [];
    await this.#restart({});
  }

  /** Goes on from a code in a file, as `exportLatent` and the command line write it. */
  async openCode(file: File): Promise<void> {
    const { info } = this.#state;
    if (!info) throw new Error('The model is not there yet.');
    this.send({ type: 'open', w: await openLatent(file, info) });
  }

  async #start(): Promise<void> {
    try {
      this.#started ??= this.session
        ? Promise.resolve(this.session)
        : createWorkerSession({ createWorker: this.createWorker });
      const session = await this.#started;
      if (this.#live !== session) session.subscribe((event) => this.#hear(event));
      this.#live = session;
      await this.#restart({});
    } catch (error) {
      this.send({ type: 'failed', message: plainWords(error as Error) });
    }
  }

  #backend: StartOptions['backend'];
  async #restart(options: StartOptions): Promise<void> {
    const session = this.#live;
    if (!session) return this.#start();
    if ('backend' in options) this.#backend = options.backend;
    const backend = this.#backend ?? ((this.getAttribute('backend') ?? undefined) as StartOptions['backend']);
    const baseUrl = this.getAttribute('base-url');
    const model =
      baseUrl && !Object.keys(this.model).length ? { baseUrl: new URL(baseUrl, document.baseURI).href } : this.model;
    try {
      const info = await session.start({ model, backend });
      this.send({ type: 'info', info });
      if (!this.#state.document) await this.#firstPicture(session);
      void this.#fillStrip(this.#origin().seed + 1);
    } catch (error) {
      this.send({ type: this.#state.document ? 'problem' : 'failed', message: plainWords(error as Error) });
    }
  }

  /** From the link, from what was kept, or from the seed: in this order. */
  async #firstPicture(session: EditorSession): Promise<void> {
    if (await this.#followLink()) return;
    const kept = await this.#store?.read();
    const { info } = this.#state;
    if (kept && info && kept.document.frame.w.length === info.numWs * info.wDim) {
      this.send({ type: 'restored', ...kept });
      return;
    }
    const seed = seedOf(this.getAttribute('seed')) ?? 7;
    const { w, picture } = await session.sample({ seed });
    this.#show(firstOrigin(seed), { w, picture, layers: [{ w, mask: [] }], codes: [] });
  }

  #show(origin: Origin, frame: EditorDocument['frame']): void {
    this.#state = { ...this.#state, phase: 'working' };
    this.send({ type: 'sampled', origin, frame, milliseconds: null });
  }

  #link = '';
  async #writeLink(): Promise<void> {
    this.#link = `#${await this.#linkText()}`;
    history.replaceState(history.state, '', this.#link);
  }

  async #linkText(): Promise<string> {
    const { document, past } = this.#state;
    if (!document) throw new Error('There is no picture yet.');
    const first = framesOf(document, past)[0];
    const edited = document.frame !== first || first.codes.length > 0 || this.#opened.has(document.frame);
    return writeShareLink({ origin: document.origin, layers: edited ? document.frame.layers : null });
  }

  /** Frames that came from a file or a link: their seed does not tell them. */
  #opened = new WeakSet<object>();

  async #followLink(): Promise<boolean> {
    const session = this.#live;
    const { info } = this.#state;
    if (!this.hasAttribute('link') || !session || !info || location.hash === this.#link || location.hash.length < 2)
      return false;
    const shared = await readShareLink(location.hash);
    if (!shared) {
      this.send({ type: 'say', status: 'The link is damaged, or not one of ours.' });
      return false;
    }
    const { origin, layers } = shared;
    if (layers) {
      if (layers.some(({ w }) => w.length !== info.numWs * info.wDim)) {
        this.send({ type: 'say', status: 'The link is of another model.' });
        return false;
      }
      const frame = await frameOf(session, layers);
      this.#opened.add(frame);
      this.#show(origin, frame);
    } else {
      const { mix } = origin;
      const { w, picture } = await session.sample({ ...origin, mix: mix ?? undefined });
      this.#show(origin, { w, picture, layers: [{ w, mask: [] }], codes: [] });
    }
    return true;
  }

  /** The last drag again, by every method, one after the other: they have one processor to share. */
  async #startRace(): Promise<void> {
    const { document, past, info } = this.#state;
    const session = this.#live;
    const line = document ? framesOf(document, past) : [];
    const [from, to] = [line.at(-2), line.at(-1)];
    if (!session || !from || !to?.points?.length) throw new Error('There is no drag yet to race on.');
    const controller = new AbortController();
    this.#race = controller;
    const { signal } = controller;
    const mask = to.layers.at(-1)?.mask ?? [];
    const methods: DragMethodName[] = info?.maxPoints
      ? ['predictor', 'refined', 'freedrag', 'draggan']
      : ['freedrag', 'draggan'];
    this.#runners = methods.map((method) => ({ method, step: 0, steps: 1, milliseconds: 0, end: null, problem: null }));
    for (const method of methods) {
      if (signal.aborted) break;
      const began = performance.now();
      const set = (change: Partial<Runner>) => {
        const milliseconds = performance.now() - began;
        this.#runners = this.#runners.map((one) => (one.method === method ? { ...one, milliseconds, ...change } : one));
        this.#draw();
      };
      const unsubscribe = session.subscribe((event) => {
        if (event.type === 'step' && event.watch === method) set({ step: event.step, steps: event.steps });
      });
      try {
        const {
          picture,
          w,
          distanceAfter: distance,
        } = await session.drag(
          {
            w: from.w,
            points: to.points,
            anchors: to.anchors,
            mask: fixedOutside(mask, from.picture),
            method,
            watch: method,
          },
          { signal },
        );
        set({ end: { picture, w, distance } });
      } catch (error) {
        set({ problem: signal.aborted ? 'stopped' : plainWords(error as Error) });
      } finally {
        unsubscribe();
      }
    }
    controller.abort();
    this.#draw();
  }

  #hear(event: SessionEvent): void {
    if (event.type === 'step') return;
    if (event.type === 'progress') this.#load.progress(event);
    else if (event.type === 'info') this.send({ type: 'info', info: event.info });
    else if (event.type === 'no-predictor')
      this.send({ type: 'say', status: `Faces can be shown, not dragged: ${event.message}` });
    else
      this.send({
        type: 'say',
        status: `The graphics processor failed (${event.reason}). The editor goes on with WebAssembly; nothing is lost.`,
      });
    this.#draw();
  }

  #origin(): Origin {
    return this.#state.document?.origin ?? firstOrigin(seedOf(this.getAttribute('seed')) ?? 7);
  }

  #sample(origin: Origin): void {
    this.send({ type: 'sample', origin });
  }

  /** Small pictures of the next seeds, one after the other, so that the editor is never kept waiting. */
  async #fillStrip(from: number): Promise<void> {
    const session = this.#live;
    const mine = ++this.#strip;
    const { psi } = this.#origin();
    this.#samples = Array.from({ length: stripLength }, () => null);
    for (let i = 0; i < stripLength; i++) {
      while (this.#state.phase === 'working' || this.#state.gesture)
        await new Promise((resolve) => setTimeout(resolve, 100));
      const seed = (from + i) % 2 ** 32;
      const one = await session?.sample({ seed, psi }).catch(() => null);
      if (mine !== this.#strip || !one) return;
      this.#samples = this.#samples.map((old, at) => (at === i ? { seed, picture: one.picture } : old));
      this.#draw();
    }
  }

  async #attempt(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      if ((error as Error).name !== 'AbortError') this.send({ type: 'say', status: plainWords(error as Error) });
    }
  }

  async #save(kind: ExportKind): Promise<void> {
    const { document, info } = this.#state;
    if (!document || !info) throw new Error('There is no picture yet.');
    const name = `face-${document.origin.seed}`;
    if (kind === 'png') return download(await exportPicture(document.frame.picture), `${name}.png`);
    if (kind === 'safetensors' || kind === 'json')
      return download(await exportLatent(document.frame.w, info, kind), `${name}.${kind}`);
    this.send({ type: 'say', status: `Writing the ${kind.toUpperCase()}…` });
    const { blob, fileName } = await exportAnimation(await this.motion(), kind, { name });
    download(blob, fileName);
    this.send({ type: 'say', status: `${fileName}: ${Math.ceil(blob.size / 1024)} kB.` });
  }

  /** The pictures of the whole edit, from its first one to the current one. */
  async motion(): Promise<Picture[]> {
    const { document, past } = this.#state;
    const session = this.#live;
    if (!document || !session) return [];
    const [first, ...rest] = framesOf(document, past);
    const pictures = first ? [first.picture] : [];
    for (const frame of rest) {
      const below = pictures.at(-1) as Picture;
      for await (const picture of motionOf(session, frame, { below })) pictures.push(picture);
      pictures.push(frame.picture);
    }
    return pictures;
  }

  async #copyLink(): Promise<void> {
    const address = new URL(`#${await this.#linkText()}`, location.href).href;
    await navigator.clipboard.writeText(address);
    this.send({ type: 'say', status: 'The link is copied.' });
  }

  async #copyPicture(): Promise<void> {
    const { document } = this.#state;
    if (!document) throw new Error('There is no picture yet.');
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': exportPicture(document.frame.picture) })]);
    this.send({ type: 'say', status: 'The picture is copied.' });
  }

  async #share(): Promise<void> {
    const { document } = this.#state;
    if (!document) throw new Error('There is no picture yet.');
    const file = new File([await exportPicture(document.frame.picture)], `face-${document.origin.seed}.png`, {
      type: 'image/png',
    });
    const url = new URL(`#${await this.#linkText()}`, location.href).href;
    const withFile = { title: 'autodrag', url, files: [file] };
    await navigator.share(navigator.canShare?.(withFile) ? withFile : { title: 'autodrag', url });
  }

  async #clearKept(): Promise<void> {
    const { clearWeightCache } = await import('@autodrag/autodrag'); // seldom: not a part of every page
    await Promise.all([this.#store?.clear(), clearWeightCache()]);
    this.send({ type: 'say', status: 'Nothing is kept here any more. What is on the page stays until it is closed.' });
  }

  #shortcut(event: KeyboardEvent): void {
    const target = event.composedPath()[0];
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const types = target instanceof HTMLInputElement && target.type === 'number';
    if (types && key !== 'escape') return;
    const plain: Record<string, EditorEvent> = {
      v: { type: 'tool', tool: 'drag' },
      a: { type: 'tool', tool: 'anchor' },
      b: { type: 'tool', tool: 'mask' },
      e: { type: 'tool', tool: 'erase' },
      '[': { type: 'radius', radius: this.#state.radius - 2 },
      ']': { type: 'radius', radius: this.#state.radius + 2 },
      '+': { type: 'zoom', factor: 1.5, about: this.#state.view },
      '-': { type: 'zoom', factor: 1 / 1.5, about: this.#state.view },
      '0': { type: 'fit' },
    };
    if (key === 'escape') this.send({ type: 'cancel' });
    else if (command && key === 'z') this.send({ type: event.shiftKey ? 'redo' : 'undo' });
    else if (command && key === 'y') this.send({ type: 'redo' });
    else if (!command && !event.altKey && plain[key] && !(target instanceof HTMLSelectElement)) this.send(plain[key]);
    else return;
    event.preventDefault();
  }

  #brushAt(at: { x: number; y: number } | null): void {
    const brushes = this.#state.tool === 'mask' || this.#state.tool === 'erase';
    if (!brushes && !this.#hover) return;
    this.#hover = brushes ? at : null;
    this.#draw();
  }

  /** Once a frame at most, however much happens. */
  #draw(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const { document, past } = this.#state;
      const before = document ? (framesOf(document, past)[0]?.picture ?? null) : null;
      this.#stage.element.classList.toggle('scrolls', window.document.documentElement.scrollHeight > innerHeight + 1);
      this.#stage.draw(this.#state, { picture: this.#shown, before, hover: this.#hover });
      this.#panel.draw(this.#state, { samples: this.#samples, editTime: this.#editTime, keeps: this.#store !== null });
      this.#load.draw(this.#state);
      const possible = Boolean(document?.frame.points?.length);
      const running = this.#runners.length > 0 && !this.#race.signal.aborted;
      this.#raceView.draw(this.#runners, { possible, running });
    });
  }
}

/** Defines `<autodrag-editor>`, once. */
export function defineAutodragEditor(): void {
  if (!customElements.get('autodrag-editor')) customElements.define('autodrag-editor', AutodragEditor);
}

function seedOf(text: string | null): number | null {
  return text !== null && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 ? Number(text) : null;
}

/** Which file is which: by its name, else the only one is the generator. */
function modelOf(files: readonly File[]): ModelSource {
  const named = (word: string) => files.find(({ name }) => name.toLowerCase().includes(word));
  const [regularizer, predictor] = [named('regularizer'), named('predictor')];
  const generator = named('generator') ?? files.find((file) => file !== regularizer && file !== predictor);
  if (!generator) throw new Error('A model needs a generator: a .safetensors, .pkl or .pt file.');
  return { name: generator.name, generator, regularizer, predictor };
}

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
