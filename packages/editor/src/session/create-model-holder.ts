import { isAutodragError } from '@autodrag/nn';
import type { SessionEvent, StartOptions } from './editor-session.js';
import { type LoadedModel, loadModel } from './load-model.js';

export type ModelHolderContext = {
  emit(event: SessionEvent): void;
  /** Called before a model goes: nothing of it may be held any longer. */
  close(): void;
  /** Does work when nothing else is at work. */
  alone(work: () => Promise<unknown>): void;
};

/** The model of a session. Where a graphics processor fails, it goes on with WebAssembly. */
export type ModelHolder = {
  /** Null before the first one is there. */
  now(): LoadedModel | null;
  load(options: StartOptions, signal?: AbortSignal): Promise<LoadedModel>;
  /** Does something with the model, and again where the graphics processor fails under it. */
  use<T>(work: (model: LoadedModel) => Promise<T>): Promise<T>;
  dispose(): void;
};

export function createModelHolder({ emit, close, alone }: ModelHolderContext): ModelHolder {
  let model: LoadedModel | null = null;
  let asked: StartOptions = {};

  const dispose = () => {
    close();
    model?.dispose();
    model = null;
  };
  const replace = async (options: StartOptions, signal?: AbortSignal) => {
    const next = await loadModel(options, { signal, emit });
    dispose();
    model = next;
    next.lost.then(({ reason }) => alone(() => recover(next, reason)));
    return next;
  };
  /** The models are loaded anew, from this browser's cache. */
  const recover = async (from: LoadedModel, reason: string) => {
    if (model !== from) return;
    emit({ type: 'lost', reason });
    await replace({ ...asked, backend: 'wasm' });
  };

  return {
    now: () => model,
    async load(options, signal) {
      const next = await replace(options, signal);
      asked = options;
      return next;
    },
    async use(work) {
      const now = model;
      if (!now) throw new Error('start() this session first');
      try {
        const lost = now.lost.then(({ reason }) => {
          throw new Error(reason);
        });
        return await Promise.race([work(now), lost]);
      } catch (error) {
        const ours = isAutodragError(error) || (error as Error).name === 'AbortError';
        if (ours || now.info().backend === 'wasm') throw error;
        await recover(now, (error as Error).message);
        return await work(model as LoadedModel);
      }
    },
    dispose,
  };
}
