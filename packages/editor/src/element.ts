import type { Picture } from '@autodrag/autodrag';
import { createLink } from './actions/create-link.js';
import { createSharing } from './actions/create-sharing.js';
import { createStrip } from './actions/create-strip.js';
import { eventOfKey } from './actions/event-of-key.js';
import { runRace } from './actions/run-race.js';
import { createHistoryStore, type HistoryStore } from './io/history-store.js';
import { createModelStore, type ModelStore } from './io/model-store.js';
import { framesOf, motionOf } from './io/motion.js';
import { openLatent } from './io/open-latent.js';
import { plainWords } from './plain-words.js';
import { createEffects, firstOrigin } from './run-effects.js';
import { createWorkerSession } from './session/create-worker-session.js';
import type { EditorSession, ModelSource, SessionEvent, SessionInfo, StartOptions } from './session/editor-session.js';
import type { Frame, Origin } from './state/document.js';
import { type EditorEvent, type EditorState, initialState } from './state/state.js';
import { transition } from './state/transition.js';
import { seconds } from './state/work.js';
import { h } from './view/dom.js';
import { createLoadView } from './view/load-view.js';
import { createPanelView } from './view/panel-view.js';
import { createRaceView, type Runner } from './view/race-view.js';
import { backendNames } from './view/sections/model-section.js';
import { readSeed, seedRule } from './view/seed-input.js';
import { listenToStage } from './view/stage-input.js';
import { createStageView } from './view/stage-view.js';
import { styles } from './view/styles.js';
import { createToolsView } from './view/tools-view.js';

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
  #backend: StartOptions['backend'];
  #history: HistoryStore | null = null;
  #models: ModelStore | null = null;
  #link = createLink();
  #shown: Picture | null = null;
  #hover: { x: number; y: number } | null = null;
  #editTime = '';
  #frame = 0;
  #end = new AbortController();
  #runners: readonly Runner[] = [];
  #race = AbortSignal.abort() as AbortSignal;
  #stopRace = () => {};
  #say = (status: string) => this.send({ type: 'say', status });
  /** What is to be said once there is a picture. */
  #later: string[] = [];
  #stage = createStageView();
  #load = createLoadView((event) => this.send(event));
  #sharing = createSharing({
    state: () => this.#state,
    say: this.#say,
    motion: () => this.motion(),
    address: () => this.#link.address(this.#state),
  });
  #strip = createStrip({
    session: () => this.#live,
    busy: () => this.#state.phase === 'working' || this.#state.gesture !== null,
    changed: () => this.#draw(),
  });
  #tools = createToolsView((event) => this.send(event));
  #raceView = createRaceView({
    start: () => void this.#attempt(() => this.#startRace()),
    stop: () => this.#stopRace(),
    take: (w) => this.send({ type: 'open', w }),
  });
  #panel = createPanelView(
    {
      send: (event) => this.send(event),
      origin: (change) => this.send({ type: 'sample', origin: { ...this.#origin(), ...change } }),
      moreSamples: () => void this.#strip.more(this.#origin().seed, this.#origin().psi),
      save: (kind) => void this.#attempt(() => this.#sharing.save(kind)),
      copyLink: () => void this.#attempt(() => this.#sharing.copyLink()),
      copyPicture: () => void this.#attempt(() => this.#sharing.copyPicture()),
      share: () => void this.#attempt(() => this.#sharing.share()),
      openCode: (file) => void this.#attempt(() => this.openCode(file)),
      openModel: (files) => void this.#attempt(() => this.openModel(modelOf(files))),
      defaultModel: () => void this.#attempt(() => this.openModel({})),
      backend: (name) => void this.#attempt(() => this.#chooseBackend(name)),
      clearKept: () => void this.#attempt(() => this.#clearKept()),
    },
    this.#raceView.element,
  );
  #perform = createEffects({
    session: () => this.#session(),
    send: (event) => this.send(event),
    show: (picture) => {
      this.#shown = picture;
      this.#draw();
    },
    before: () => this.#state.past.at(-1)?.frame.picture ?? null,
    start: () => void this.#start(),
    keep: () => {
      const { document, past, future } = this.#state;
      if (!document) return;
      void this.#history?.write({ model: this.#modelId(), document, past, future });
      if (this.hasAttribute('link')) void this.#link.write(this.#state);
    },
  });

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    this.#stage.element.append(...this.#load.elements);
    root.append(h('div', { class: 'editor' }, this.#tools.element, this.#stage.element, this.#panel.element));
    const input = { state: () => this.#state, send: (event: EditorEvent) => this.send(event) };
    listenToStage(this.#stage, { ...input, hover: (at) => this.#brushAt(at) });
    root.addEventListener('keydown', (event) => {
      const meant = eventOfKey(event as KeyboardEvent, this.#state);
      if (!meant) return;
      event.preventDefault();
      this.send(meant);
    });
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

  /**
   * Edits with another model; the history of the one before is left.
   *
   * @throws Error where it cannot be opened; the one before is then still there
   */
  async openModel(model: ModelSource): Promise<void> {
    const session = await this.#session();
    const { document } = this.#state;
    this.#load.reset();
    this.send({ type: 'loading', status: `Opening ${model.name ?? 'the model'}…` });
    try {
      await session.start({ model, backend: this.#backendNow() });
    } catch (error) {
      this.send(document ? { type: 'resumed', status: '' } : { type: 'failed', message: plainWords(error) });
      throw error;
    }
    this.model = model;
    await this.#history?.clear();
    const isFile = model.generator !== undefined && typeof model.generator !== 'string';
    if (!isFile) await this.#models?.clear();
    const kept = !isFile || !this.#models || (await this.#models.write(model));
    this.send({ type: 'replaced' });
    this.#strip.clear();
    await this.#firstPicture(session);
    this.#say(
      `${this.#state.info?.name} is open. ${kept ? 'Pull a point to where it should go.' : 'It is too large to be kept here: after a reload it has to be opened again.'}`,
    );
  }

  /** Goes on from a code in a file, as `exportLatent` and the command line write it. */
  async openCode(file: File): Promise<void> {
    const { info } = this.#state;
    if (!info) throw new Error('The model is not there yet.');
    this.send({ type: 'open', w: await openLatent(file, info) });
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

  connectedCallback(): void {
    this.#end = new AbortController();
    const { signal } = this.#end;
    const keep = this.getAttribute('keep');
    this.#history = keep === null ? null : createHistoryStore(keep || 'default');
    this.#models = keep === null ? null : createModelStore(keep || 'default');
    const resized = new ResizeObserver(() => this.#draw());
    resized.observe(this.#stage.element);
    signal.addEventListener('abort', () => resized.disconnect());
    const follow = async () => {
      if (this.#live) await this.#followLink(this.#live);
    };
    addEventListener('hashchange', () => void this.#attempt(follow), { signal });
    // after whoever defined or made the element has set its properties
    queueMicrotask(() => this.isConnected && !this.#started && void this.#start());
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#end.abort();
    queueMicrotask(() => {
      if (this.isConnected) return; // it was moved within the page
      this.#stopRace();
      if (this.#state.gesture) this.send({ type: 'cancel' });
      if (this.#state.phase === 'working' || this.#state.phase === 'playing') this.send({ type: 'cancel' });
      this.#strip.clear();
      this.#live?.dispose();
      this.#live = null;
      this.#started = null;
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === null || before === now || !this.#live) return;
    if (name === 'base-url' && now) {
      void this.#attempt(() => this.openModel({ baseUrl: new URL(now, document.baseURI).href }));
    }
    if (name !== 'seed' || now === null) return;
    const seed = readSeed(now);
    if (seed === null) this.#say(`${seedRule} ${now.slice(0, 20)} is none.`);
    else this.send({ type: 'sample', origin: { ...this.#origin(), seed } });
  }

  /** The session that computes; another one where it has died. */
  async #session(): Promise<EditorSession> {
    if (!this.#live) await this.#start();
    if (!this.#live) throw new Error(this.#state.problem ?? 'Nothing computes here. Reload the page.');
    return this.#live;
  }

  async #start(): Promise<void> {
    this.#started ??= this.session
      ? Promise.resolve(this.session)
      : createWorkerSession({ createWorker: this.createWorker });
    const started = this.#started;
    const left = () => this.#started !== started; // the element has left the page meanwhile, or the worker has died
    try {
      const session = await started;
      if (left()) return session.dispose();
      if (this.#live !== session) session.subscribe((event) => this.#hear(event, session));
      this.#live = session;
      await this.#restart(session);
    } catch (error) {
      if (left() && (error as Error).name === 'AbortError') return;
      if (!this.#live) this.#started = null;
      this.send({ type: this.#state.document ? 'problem' : 'failed', message: plainWords(error) });
    }
  }

  async #restart(session: EditorSession): Promise<void> {
    const kept = await this.#ownModel();
    try {
      await this.#startModel(session, kept ?? this.model);
      if (kept) this.model = kept;
    } catch (error) {
      if (!kept) throw error;
      await this.#models?.clear();
      await this.#startModel(session, this.model);
      this.#say(`The model that was kept here cannot be opened, so these are the avatars. (${plainWords(error)})`);
    }
    if (!this.#state.document) await this.#firstPicture(session);
  }

  async #startModel(session: EditorSession, model: ModelSource): Promise<SessionInfo> {
    const info = await session.start({ model, backend: this.#backendNow() });
    this.send({ type: 'info', info });
    return info;
  }

  /** What the page asks for, else what was opened before a reload; null for what `model` says. */
  async #ownModel(): Promise<ModelSource | null> {
    if (Object.keys(this.model).length) return null;
    const baseUrl = this.getAttribute('base-url');
    if (baseUrl) this.model = { baseUrl: new URL(baseUrl, document.baseURI).href };
    return baseUrl ? null : ((await this.#models?.read()) ?? null);
  }

  #backendNow(): StartOptions['backend'] {
    const asked = this.#backend ?? this.getAttribute('backend');
    const known = backendNames.find((name) => name === asked);
    if (asked && !known) console.warn(`autodrag: no backend '${asked.slice(0, 40)}': ${backendNames.join(', ')}`);
    return known;
  }

  async #chooseBackend(name: string): Promise<void> {
    this.#backend = backendNames.find((known) => known === name);
    const session = await this.#session();
    const { document } = this.#state;
    this.#load.reset();
    this.send({ type: 'loading', status: 'Starting…' });
    try {
      const { backend, device } = await this.#startModel(session, this.model);
      this.send({ type: 'resumed', status: `Computed by ${backend}: ${device}.` });
    } catch (error) {
      const message = plainWords(error);
      this.send(document ? { type: 'resumed', status: message } : { type: 'failed', message });
    }
  }

  /** From what was kept, unless the address leads elsewhere; from the address; from the seed: in this order. */
  async #firstPicture(session: EditorSession): Promise<void> {
    const asked = this.getAttribute('seed');
    const words = this.#later;
    if (asked !== null && readSeed(asked) === null) words.push(seedRule);
    const kept = await this.#history?.read();
    const fits = kept?.model === this.#modelId();
    const link = this.hasAttribute('link');
    if (kept && fits && !(link && (await this.#link.leadsElsewhere(kept)))) {
      const { document, past, future } = kept;
      this.send({ type: 'restored', document, past, future });
      if (link) void this.#link.write(this.#state);
    } else {
      const linked = await this.#followLink(session).catch((error: unknown) => void words.push(plainWords(error)));
      if (!linked) await this.#showSeed(session, readSeed(asked) ?? firstSeed);
    }
    this.#later = [];
    if (words.length) this.#say(words.join(' '));
    const { psi, seed } = this.#origin();
    void this.#strip.fill(seed + 1, psi);
  }

  async #showSeed(session: EditorSession, seed: number): Promise<void> {
    const { w, picture } = await session.sample({ seed });
    this.#show(firstOrigin(seed), { w, picture, layers: [{ w, mask: [] }], codes: [] });
  }

  async #followLink(session: EditorSession): Promise<boolean> {
    const { info } = this.#state;
    if (!this.hasAttribute('link') || !info) return false;
    const linked = await this.#link.follow(session, info);
    if (linked) this.#show(linked.origin, linked.frame);
    return linked !== null;
  }

  #show(origin: Origin, frame: Frame): void {
    this.#state = { ...this.#state, phase: 'working' };
    this.send({ type: 'sampled', origin, frame, milliseconds: null });
  }

  async #startRace(): Promise<void> {
    const controller = new AbortController();
    this.#race = controller.signal;
    this.#stopRace = () => controller.abort();
    const onChange = (runners: readonly Runner[]) => {
      this.#runners = runners;
      this.#draw();
    };
    try {
      await runRace(await this.#session(), this.#state, { signal: controller.signal, onChange });
    } finally {
      controller.abort();
      this.#draw();
    }
  }

  #hear(event: SessionEvent, from: EditorSession): void {
    switch (event.type) {
      case 'progress':
        this.#load.progress(event);
        break;
      case 'info':
        this.send({ type: 'info', info: event.info });
        break;
      case 'no-predictor':
        this.#sayLater(
          `The predictor could not be loaded, so points are dragged by optimisation, which takes long. Reload to try again. (${plainWords(new Error(event.message))})`,
        );
        break;
      case 'lost':
        this.#say(
          `The graphics processor failed (${event.reason}). The editor goes on with WebAssembly; nothing is lost.`,
        );
        break;
      case 'ended': {
        if (this.#live === from) this.#live = this.#started = null;
        const message = 'What computes has stopped, perhaps for want of memory. Nothing is lost: try again.';
        this.send({ type: this.#state.document ? 'problem' : 'failed', message });
        break;
      }
    }
    this.#draw();
  }

  /** Tells one model's history from another one's. */
  #modelId(): string {
    const { name, numWs, wDim, parameters } = this.#state.info ?? {};
    return `${name} ${numWs} × ${wDim}, ${parameters}`;
  }

  #sayLater(status: string): void {
    if (this.#state.document) this.#say(status);
    else this.#later.push(status);
  }

  #origin(): Origin {
    return this.#state.document?.origin ?? firstOrigin(readSeed(this.getAttribute('seed')) ?? firstSeed);
  }

  async #attempt(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      if ((error as Error).name !== 'AbortError') this.#say(plainWords(error));
    }
  }

  async #clearKept(): Promise<void> {
    const { clearWeightCache } = await import('@autodrag/autodrag'); // seldom: not a part of every page
    await Promise.all([this.#history?.clear(), this.#models?.clear(), clearWeightCache()]);
    this.#say('Nothing is kept here any more. What is on the page stays until it is closed.');
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
      const state = this.#state;
      const before = state.document ? (framesOf(state.document, state.past)[0]?.picture ?? null) : null;
      this.#stage.element.classList.toggle('scrolls', document.documentElement.scrollHeight > innerHeight + 1);
      this.#stage.draw(state, { picture: this.#shown, before, hover: this.#hover });
      this.#tools.draw(state);
      const more = { samples: this.#strip.samples(), editTime: this.#editTime, keeps: this.#history !== null };
      this.#panel.draw(state, more);
      this.#load.draw(state);
      const possible = Boolean(state.document?.frame.points?.length);
      this.#raceView.draw(this.#runners, { possible, running: !this.#race.aborted });
    });
  }
}

const firstSeed = 7;

/** Defines `<autodrag-editor>`, once. */
export function defineAutodragEditor(): void {
  if (!customElements.get('autodrag-editor')) customElements.define('autodrag-editor', AutodragEditor);
}

/** Which file is which: by its name, else the only one is the generator. */
function modelOf(files: readonly File[]): ModelSource {
  const named = (word: string) => files.find(({ name }) => name.toLowerCase().includes(word));
  const [regularizer, predictor] = [named('regularizer'), named('predictor')];
  const generator = named('generator') ?? files.find((file) => file !== regularizer && file !== predictor);
  if (!generator) throw new Error('A model needs a generator: a .safetensors, .pkl or .pt file.');
  return { name: generator.name, generator, regularizer, predictor };
}
