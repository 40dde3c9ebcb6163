import type { Picture } from '@autodrag/autodrag';
import { createFirstPicture } from './actions/create-first-picture.js';
import { createLink } from './actions/create-link.js';
import { createLiveSession } from './actions/create-live-session.js';
import { createModels, isOwnFile } from './actions/create-models.js';
import { createRace } from './actions/create-race.js';
import { createSharing } from './actions/create-sharing.js';
import { createStrip } from './actions/create-strip.js';
import { eventOfKey } from './actions/event-of-key.js';
import { hearSession } from './actions/hear-session.js';
import { listenToPageKeys } from './actions/listen-to-page-keys.js';
import { createEffects } from './effects/create-effects.js';
import { createHistoryStore, type HistoryStore } from './io/history-store.js';
import { modelOfFiles } from './io/model-of-files.js';
import { createModelStore, type ModelStore } from './io/model-store.js';
import { framesOf, motionOf } from './io/motion.js';
import { openLatent } from './io/open-latent.js';
import { plainWords } from './plain-words.js';
import { createWorkerSession } from './session/create-worker-session.js';
import type { EditorSession, ModelSource } from './session/editor-session.js';
import { type EditorEvent, type EditorState, initialState } from './state/state.js';
import { transition } from './state/transition.js';
import { seconds } from './state/work.js';
import { createEditorView } from './view/editor-view.js';
import { readSeed, seedRule } from './view/seed-input.js';
import { styles } from './view/styles.js';

/** On a server there are no elements: the module can be imported there, and does nothing. */
const Element = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/** What was set before the element was defined: its own fields would take that away. */
function given<Name extends 'session' | 'createWorker' | 'model'>(
  element: Element,
  name: Name,
): AutodragEditor[Name] | undefined {
  return (element as Partial<AutodragEditor>)[name];
}

/**
 * `<autodrag-editor>`: a drag editor for generated pictures. It loads the avatars unless told otherwise, and computes
 * in a worker.
 *
 * Attributes: `seed` (of the first picture), `backend` (`webgpu`, `webgl`, `wasm`), `base-url` (a folder with another
 * model's files), `keep` (a name under which the history survives a reload), `link` (the page's address after `#` holds
 * the picture). Events: `autodrag-change` (`detail: EditorState`), `autodrag-error` (`detail: Error`).
 */
export class AutodragEditor extends Element {
  static observedAttributes = ['seed', 'base-url', 'backend'];

  /** Set it before the element is in a page, to compute elsewhere: `createRemoteSession`, for example. */
  session: EditorSession | null = given(this, 'session') ?? null;
  /** Makes the worker, where a bundler does not move the package's own. */
  createWorker: (() => Worker) | undefined = given(this, 'createWorker');
  /** A model of yours; set it before the element is in a page, or call `openModel`. */
  model: ModelSource = given(this, 'model') ?? {};

  #state: EditorState = initialState;
  /** Of the model that comes with the site, and of files that were opened. */
  #histories: { readonly site: HistoryStore; readonly files: HistoryStore } | null = null;
  #modelStore: ModelStore | null = null;
  #link = createLink();
  /** Of the motion that is shown. */
  #picture: Picture | null = null;
  #editTime = '';
  /** Whether the history survives the page. */
  #keeps = false;
  #end = new AbortController();

  // what the parts below have in common
  #now = () => this.#state;
  #send = (event: EditorEvent) => this.send(event);
  #say = (status: string) => this.send({ type: 'say', status });
  #draw = () => this.#view.draw();

  #live = createLiveSession({
    make: () =>
      this.session ? Promise.resolve(this.session) : createWorkerSession({ createWorker: this.createWorker }),
    begin: (session) => this.#models.begin(session),
    hear: (event) =>
      hearSession(event, {
        ...{ state: this.#now, send: this.#send, say: this.#say, sayLater: this.#first.sayLater },
        progress: this.#view.progress,
      }),
    failed: (error) => this.send({ type: this.#state.document ? 'problem' : 'failed', message: plainWords(error) }),
    problem: () => this.#state.problem,
  });
  #first = createFirstPicture({
    ...{ state: this.#now, send: this.#send, say: this.#say },
    seed: () => this.getAttribute('seed'),
    history: () => this.#history(),
    link: () => (this.hasAttribute('link') ? this.#link : null),
    modelId: () => this.#models.id(),
  });
  #models = createModels({
    ...{ state: this.#now, send: this.#send, say: this.#say, session: this.#live.get },
    sayLater: (status) => this.#first.sayLater(status),
    asked: () => ({
      ...{ model: this.model, baseUrl: this.getAttribute('base-url'), backend: this.getAttribute('backend') },
    }),
    opened: (model) => {
      this.model = model;
    },
    stores: () => ({ models: this.#modelStore, history: this.#history() }),
    loading: () => {
      this.#race.stop();
      this.#view.loading();
    },
    show: async (session) => {
      this.#race.clear();
      this.#strip.clear();
      await this.#first.show(session);
      const { seed, psi } = this.#first.origin();
      void this.#strip.fill(seed + 1, psi);
    },
  });
  #strip = createStrip({
    session: this.#live.now,
    busy: () => this.#state.phase === 'working' || this.#state.gesture !== null,
    changed: this.#draw,
  });
  #race = createRace({ state: this.#now, session: this.#live.get, changed: this.#draw });
  #sharing = createSharing({
    ...{ state: this.#now, say: this.#say },
    motion: () => this.motion(),
    // elsewhere the page's address leads to no picture
    address: async () => (this.hasAttribute('link') ? this.#link.address(this.#state) : null),
  });
  #perform = createEffects({
    ...{ session: this.#live.get, send: this.#send },
    show: (picture) => {
      this.#picture = picture;
      this.#draw();
    },
    before: () => this.#state.past.at(-1)?.frame.picture ?? null,
    start: () => void this.#live.start(),
    keep: () => this.#keep(),
  });
  #view = createEditorView({
    ...{ state: this.#now, send: this.#send },
    around: () => ({
      ...{ picture: this.#picture, samples: this.#strip.samples(), editTime: this.#editTime },
      ...{ keeps: this.#keeps, links: this.hasAttribute('link'), backend: this.#models.backend() },
      ...{ runners: this.#race.runners(), racing: this.#race.running() },
    }),
    panel: {
      origin: (change) => this.send({ type: 'sample', origin: { ...this.#first.origin(), ...change } }),
      moreSamples: () => void this.#strip.more(this.#first.origin().seed, this.#first.origin().psi),
      save: (kind) => this.#attempt(() => this.#sharing.save(kind)),
      copyLink: () => this.#attempt(this.#sharing.copyLink),
      copyPicture: () => this.#attempt(this.#sharing.copyPicture),
      share: () => this.#attempt(this.#sharing.share),
      openCode: (file) => this.#attempt(() => this.openCode(file)),
      openModel: (files) => this.#attempt(() => this.openModel(modelOfFiles(files))),
      defaultModel: () => this.#attempt(() => this.openModel({})),
      backend: (name) => this.#attempt(() => this.#models.chooseBackend(name)),
      clearKept: () => this.#attempt(() => this.#clearKept()),
    },
    race: {
      start: () => this.#attempt(this.#race.start),
      stop: this.#race.stop,
      take: (w) => this.send({ type: 'open', w }),
    },
  });

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    root.append(this.#view.element);
    root.addEventListener('keydown', (event) => this.#hearKey(event as KeyboardEvent));
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
    if (next.problem && (event.type === 'problem' || event.type === 'failed')) this.#tellError(next.problem);
  }

  #tellError(message: string): void {
    this.dispatchEvent(new CustomEvent('autodrag-error', { detail: new Error(message) }));
  }

  /**
   * Edits with another model; the history of the one before is left.
   *
   * @throws Error where it cannot be opened; the one before is then still there
   */
  async openModel(model: ModelSource): Promise<void> {
    await this.#models.open(model);
  }

  /**
   * Goes on from a code in a file, as `exportLatent` and the command line write it. Settles when its picture is there,
   * or was given up for something else.
   *
   * @throws Error where the file is no code of this model; what was there before stays
   */
  async openCode(file: File): Promise<void> {
    const { info, phase } = this.#state;
    if (!info || phase === 'loading') throw new Error('The model is not there yet.');
    const w = await openLatent(file, info);
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        const { awaited, phase, problem } = this.#state;
        const mine = awaited?.type === 'open' && awaited.w === w;
        if (mine && phase === 'working') return;
        this.removeEventListener('autodrag-change', look);
        if (mine && problem) reject(new Error(problem));
        else resolve();
      };
      this.addEventListener('autodrag-change', look);
      this.send({ type: 'open', w });
      look();
    });
  }

  /** The pictures of the whole edit, from its first one to the current one. */
  async motion(): Promise<Picture[]> {
    const { document, past } = this.#state;
    const session = this.#live.now();
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
    const name = keep || 'default';
    this.#histories =
      keep === null ? null : { site: createHistoryStore(name), files: createHistoryStore(`${name}, files`) };
    this.#modelStore = keep === null ? null : createModelStore(name);
    this.#keeps = keep !== null;
    const resized = new ResizeObserver(this.#draw);
    resized.observe(this.#view.stage);
    signal.addEventListener('abort', () => resized.disconnect());
    listenToPageKeys(this, (event) => this.#hearKey(event), signal);
    addEventListener('hashchange', () => this.#attempt(() => this.#followLink()), { signal });
    // after whoever defined or made the element has set its properties
    queueMicrotask(() => this.isConnected && !this.#live.begun() && void this.#live.start());
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#end.abort();
    queueMicrotask(() => {
      if (this.isConnected) return; // it was moved within the page
      this.#race.stop();
      if (this.#state.gesture) this.send({ type: 'cancel' });
      if (this.#state.phase === 'working' || this.#state.phase === 'playing') this.send({ type: 'cancel' });
      this.#strip.clear();
      this.#live.end();
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    // what is there before the first picture is read by what makes that one
    if (before === now || !this.#live.now()) return;
    if (name === 'backend') this.#attempt(() => this.#models.chooseBackend(now ?? ''));
    else if (name === 'base-url') {
      this.#attempt(() => this.openModel(now ? { baseUrl: new URL(now, document.baseURI).href } : {}));
    } else if (now !== null && this.#state.document) this.#showSeed(now);
  }

  #showSeed(text: string): void {
    const seed = readSeed(text);
    if (seed === null) this.#say(`${seedRule} ${text.slice(0, 20)} is none.`);
    else this.send({ type: 'sample', origin: { ...this.#first.origin(), seed } });
  }

  #hearKey(event: KeyboardEvent): void {
    const meant = eventOfKey(event, this.#state);
    if (!meant) return;
    const before = this.#state;
    // the nearest thing that goes on ends first
    if (meant.type === 'cancel' && before.phase === 'ready' && !before.gesture && this.#race.running()) {
      this.#race.stop();
    } else {
      this.send(meant);
      if (meant.type === 'cancel' && this.#state === before) return; // it is the page's: of a dialog, for example
    }
    event.preventDefault();
  }

  async #followLink(): Promise<void> {
    const session = this.#live.now();
    if (session) await this.#first.followLink(session);
  }

  #history(): HistoryStore | null {
    return this.#histories?.[isOwnFile(this.model) ? 'files' : 'site'] ?? null;
  }

  #keep(): void {
    const { document, past, future } = this.#state;
    if (!document) return;
    void this.#history()?.write({ model: this.#models.id(), document, past, future }).then(this.#hearOfKeeping);
    if (this.hasAttribute('link')) void this.#link.write(this.#state);
  }

  /** That nothing is kept is told once, beside what else is to be said. */
  #hearOfKeeping = (kept: boolean): void => {
    if (kept === this.#keeps) return;
    this.#keeps = kept;
    if (kept) this.#draw();
    else {
      const why = 'This browser has no room for the history: after a reload it is gone.';
      this.#say(`${this.#state.status} ${why}`);
    }
  };

  async #clearKept(): Promise<void> {
    const { clearWeightCache } = await import('@autodrag/autodrag'); // seldom: not a part of every page
    const { site, files } = this.#histories ?? {};
    await Promise.all([site?.clear(), files?.clear(), this.#modelStore?.clear(), clearWeightCache()]);
    this.#say('Nothing is kept here any more. What is on the page stays until it is closed.');
  }

  /** Does what may fail; why it did is said. */
  #attempt(work: () => unknown): void {
    const attempt = async () => {
      try {
        await work();
      } catch (error) {
        if ((error as Error).name === 'AbortError') return;
        const words = plainWords(error);
        this.#say(words);
        if (this.#state.problem !== words) this.#tellError(words); // else it was told
      }
    };
    void attempt();
  }
}

/** Defines `<autodrag-editor>`, once; on a server, nothing. */
export function defineAutodragEditor(): void {
  const elements: CustomElementRegistry | undefined = globalThis.customElements;
  if (elements && !elements.get('autodrag-editor')) elements.define('autodrag-editor', AutodragEditor);
}
