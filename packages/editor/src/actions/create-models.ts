import type { HistoryStore } from '../io/history-store.js';
import type { ModelStore } from '../io/model-store.js';
import { plainWords } from '../plain-words.js';
import type { EditorSession, ModelSource, SessionInfo, StartOptions } from '../session/editor-session.js';
import type { EditorEvent, EditorState } from '../state/state.js';
import { backendNames } from '../view/sections/model-section.js';

export type ModelsContext = {
  state(): EditorState;
  send(event: EditorEvent): void;
  say(status: string): void;
  session(): Promise<EditorSession>;
  /** What is asked for by the page that has the editor. */
  asked(): { readonly model: ModelSource; readonly baseUrl: string | null; readonly backend: string | null };
  /** Another model is the current one. */
  opened(model: ModelSource): void;
  /** What is kept of models and histories; null where nothing is. */
  stores(): { readonly models: ModelStore | null; readonly history: HistoryStore | null };
  /** Bytes that are told belong to another load from now on. */
  loading(): void;
  /** Shows the first picture of a model. */
  show(session: EditorSession): Promise<void>;
};

/** Which model is edited with, on which backend. */
export function createModels({ state, send, say, session, asked, opened, stores, loading, show }: ModelsContext) {
  let chosen: string | null = null;

  const backend = (): StartOptions['backend'] => {
    const name = chosen ?? asked().backend;
    const known = backendNames.find((one) => one === name);
    if (name && !known) console.warn(`autodrag: no backend '${name.slice(0, 40)}': ${backendNames.join(', ')}`);
    return known;
  };
  const startWith = async (on: EditorSession, model: ModelSource): Promise<SessionInfo> => {
    const info = await on.start({ model, backend: backend() });
    send({ type: 'info', info });
    return info;
  };
  /** What the page asks for, else what was opened before a reload; null for the avatars. */
  const first = async (): Promise<{ model: ModelSource; kept: boolean }> => {
    const { model, baseUrl } = asked();
    if (Object.keys(model).length) return { model, kept: false };
    if (baseUrl) return { model: { baseUrl: new URL(baseUrl, document.baseURI).href }, kept: false };
    const kept = await stores().models?.read();
    return { model: kept ?? {}, kept: Boolean(kept) };
  };

  return {
    /** Starts the first model, or the current one in a session that takes the place of another. */
    async begin(on: EditorSession): Promise<void> {
      const { model, kept } = await first();
      try {
        await startWith(on, model);
        opened(model);
      } catch (error) {
        if (!kept) throw error;
        await stores().models?.clear();
        await startWith(on, {});
        say(`The model that was kept here cannot be opened, so these are the avatars. (${plainWords(error)})`);
      }
      if (!state().document) await show(on);
    },

    /** Goes on with another model. @throws Error where it cannot be opened; the one before is then still there */
    async open(model: ModelSource): Promise<void> {
      const on = await session();
      const { document } = state();
      loading();
      send({ type: 'loading', status: `Opening ${model.name ?? 'the model'}…` });
      try {
        await on.start({ model, backend: backend() });
      } catch (error) {
        send(document ? { type: 'resumed', status: '' } : { type: 'failed', message: plainWords(error) });
        throw error;
      }
      opened(model);
      const { models, history } = stores();
      await history?.clear();
      const isFile = model.generator !== undefined && typeof model.generator !== 'string';
      if (!isFile) await models?.clear();
      const kept = !isFile || !models || (await models.write(model));
      send({ type: 'replaced' });
      await show(on);
      say(
        `${state().info?.name} is open. ${kept ? 'Pull a point to where it should go.' : 'It is too large to be kept here: after a reload it has to be opened again.'}`,
      );
    },

    /** @param name of a backend; any other one stands for the fastest */
    async chooseBackend(name: string): Promise<void> {
      chosen = name;
      const on = await session();
      loading();
      send({ type: 'loading', status: 'Starting…' });
      try {
        const { backend: started, device } = await startWith(on, asked().model);
        send({ type: 'resumed', status: `Computed by ${started}: ${device}.` });
      } catch (error) {
        const message = plainWords(error);
        send(state().document ? { type: 'resumed', status: message } : { type: 'failed', message });
      }
    },

    /** Tells one model's history from another one's. */
    id(): string {
      const { name, numWs, wDim, parameters } = state().info ?? {};
      return `${name} ${numWs} × ${wDim}, ${parameters}`;
    },
  };
}
