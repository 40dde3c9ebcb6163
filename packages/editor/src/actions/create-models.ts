import { quote } from '@autodrag/nn';
import type { HistoryStore } from '../io/history-store.js';
import type { ModelStore } from '../io/model-store.js';
import { plainWords } from '../plain-words.js';
import type { EditorSession, ModelSource, SessionInfo } from '../session/editor-session.js';
import type { EditorEvent, EditorState } from '../state/state.js';
import { backendNames } from '../view/sections/model-section.js';

export type ModelsContext = {
  state(): EditorState;
  send(event: EditorEvent): void;
  say(status: string): void;
  /** Says something that the first picture must not overwrite. */
  sayLater(status: string): void;
  session(): Promise<EditorSession>;
  /** What is asked for by the page that has the editor. */
  asked(): { readonly model: ModelSource; readonly baseUrl: string | null; readonly backend: string | null };
  /** Another model is the current one. */
  opened(model: ModelSource): void;
  /** What is kept of models, and the history of the current one; null where nothing is. */
  stores(): { readonly models: ModelStore | null; readonly history: HistoryStore | null };
  /** Bytes that are told belong to another load from now on. */
  loading(): void;
  /** Shows the first picture of a model. */
  show(session: EditorSession): Promise<void>;
};

/** Starts a model on the backend that is chosen. */
type Start = (on: EditorSession, model: ModelSource) => Promise<SessionInfo>;

/** Which model is edited with, on which backend. */
export function createModels(context: ModelsContext) {
  const { state, asked } = context;
  let chosen: string | null = null;
  const start: Start = (on, model) =>
    on.start({ model, backend: backendNames.find((one) => one === (chosen ?? asked().backend)) });
  return {
    /** Starts the first model, or the current one in a session that takes the place of another. */
    begin: (on: EditorSession): Promise<void> => begin(context, on, start),

    /** Goes on with another model. @throws Error where it cannot be opened; the one before is then still there */
    open: (model: ModelSource): Promise<void> => open(context, model, start),

    /** @param name of a backend; any other one stands for the fastest */
    async chooseBackend(name: string): Promise<void> {
      chosen = name;
      await restart(context, start, noBackend(name));
    },

    /** The backend that is asked for; none stands for the fastest. */
    backend: (): string => chosen ?? asked().backend ?? '',

    /** Tells one model's history from another one's. */
    id(): string {
      const { name, numWs, wDim, parameters } = state().info ?? {};
      return `${name} ${numWs} × ${wDim}, ${parameters}`;
    },
  };
}

/** What is said of a backend that there is none of. */
const noBackend = (name: string | null): string | null =>
  name && !backendNames.some((one) => one === name)
    ? `There is no backend ${quote(name, { longest: 40 })}, so the fastest one computes.`
    : null;

/** Whether it came from the user's own disk, and not with a site. */
export const isOwnFile = ({ generator }: ModelSource): boolean =>
  generator !== undefined && typeof generator !== 'string';

async function begin(context: ModelsContext, on: EditorSession, start: Start): Promise<void> {
  const { state, send, say, sayLater, asked, opened, stores, show } = context;
  const wrong = noBackend(asked().backend);
  if (wrong) sayLater(wrong);
  const { model, kept } = await firstModel(context);
  try {
    send({ type: 'info', info: await start(on, model) });
    opened(model);
  } catch (error) {
    if (!kept) throw error;
    await stores().models?.clear();
    send({ type: 'info', info: await start(on, {}) });
    say(`The model that was kept here cannot be opened, so these are the avatars. (${plainWords(error)})`);
  }
  if (!state().document) await show(on);
}

/** What the page asks for, else what was opened before a reload, else the avatars. */
async function firstModel({ asked, stores }: ModelsContext): Promise<{ model: ModelSource; kept: boolean }> {
  const { model, baseUrl } = asked();
  if (Object.keys(model).length) return { model, kept: false };
  if (baseUrl) return { model: { baseUrl: new URL(baseUrl, document.baseURI).href }, kept: false };
  const kept = await stores().models?.read();
  return { model: kept ?? {}, kept: Boolean(kept) };
}

async function open(context: ModelsContext, model: ModelSource, start: Start): Promise<void> {
  const { state, send, say, session, opened, stores, loading, show } = context;
  const on = await session();
  loading();
  const { document } = state();
  send({ type: 'loading', status: `Opening ${model.name ?? 'the model'}…` });
  try {
    // at once: what is heard from the session later is newer
    send({ type: 'info', info: await start(on, model) });
  } catch (error) {
    send(document ? { type: 'resumed', status: '' } : { type: 'failed', message: plainWords(error) });
    throw error;
  }
  opened(model);
  const kept = await keepModel(model, stores());
  send({ type: 'replaced' });
  await show(on);
  const next = kept
    ? 'Pull a point to where it should go.'
    : 'It is too large to be kept here: after a reload it has to be opened again.';
  say(`${state().info?.name} is open. ${next}`);
}

/**
 * Keeps what only its user has. The history of such a file begins anew: another training of the same network has the
 * same name and size. The history of the site's own model stays, for when that one comes back.
 */
async function keepModel(model: ModelSource, { models, history }: ReturnType<ModelsContext['stores']>) {
  if (!isOwnFile(model)) {
    await models?.clear();
    return true;
  }
  await history?.clear();
  return !models || models.write(model);
}

async function restart(
  { state, send, session, asked, loading }: ModelsContext,
  start: Start,
  wrong: string | null,
): Promise<void> {
  const on = await session();
  loading();
  send({ type: 'loading', status: 'Starting…' });
  try {
    const info = await start(on, asked().model);
    send({ type: 'info', info });
    send({ type: 'resumed', status: wrong ?? `Computed by ${info.backend}: ${info.device}.` });
  } catch (error) {
    const message = plainWords(error);
    send(state().document ? { type: 'resumed', status: message } : { type: 'failed', message });
  }
}
