import type { Autodrag, DragResult, Picture, Session } from '@autodrag/autodrag';
import { isAutodragError } from '@autodrag/nn';
import type {
  CallOptions,
  CodedPicture,
  DragOutcome,
  DragRequest,
  EditorSession,
  SampleRequest,
  SessionEvent,
  SessionInfo,
  StartOptions,
} from './editor-session.js';
import { type LoadedModel, loadModel } from './load-model.js';

/** Of an optimisation. Most drags of the avatars end sooner. */
const mostSteps = 150;

/**
 * An optimisation needs gradients, which TensorFlow.js' core has apart: they are no part of a page that only predicts.
 */
async function registerGradients(): Promise<void> {
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
}

/** A session that computes in this thread: in a worker by `serveSession`, or in the page itself. */
export function createLocalSession(): EditorSession {
  const listeners = new Set<(event: SessionEvent) => void>();
  const emit = (event: SessionEvent) => {
    for (const listener of listeners) listener(event);
  };
  let model: LoadedModel | null = null;
  let asked: StartOptions = {};
  let open: { of: Autodrag; w: Float32Array; session: Session } | null = null;
  let disposed = false;
  let latest = 0; // of the previews that were asked for
  let tail: Promise<unknown> = Promise.resolve();

  /** One at a time, each after a turn of the event loop, so that an abort or a later preview has been heard of. */
  const alone = <T>({ signal }: CallOptions, work: () => Promise<T>): Promise<T> => {
    const result = tail.then(async () => {
      await turn();
      if (disposed) throw new DOMException('the session is disposed', 'AbortError');
      signal?.throwIfAborted();
      return await work();
    });
    tail = result.catch(() => {});
    return result;
  };

  const close = () => {
    open?.session.dispose();
    open = null;
  };
  const opened = async (autodrag: Autodrag, w: Float32Array): Promise<Session> => {
    if (open?.of === autodrag && same(open.w, w)) return open.session;
    const session = await autodrag.open(w);
    close();
    open = { of: autodrag, w: w.slice(), session };
    return session;
  };

  /** A picture alone, as a drag gives it, bit by bit. What is open stays open: the next drag needs its features. */
  const paint = async (autodrag: Autodrag, w: Float32Array): Promise<Picture> => {
    if (open && same(open.w, w)) return open.session.image;
    const session = await autodrag.open(w);
    const { image } = session;
    session.dispose();
    return image;
  };

  const load = async (options: StartOptions, signal?: AbortSignal): Promise<LoadedModel> => {
    const next = await loadModel(options, { signal, emit });
    close();
    model?.dispose();
    model = next;
    next.lost.then(({ reason }) => void alone({}, () => recover(next, reason)).catch(() => {}));
    return next;
  };

  /** Goes on with wasm where the graphics processor fails: the models are loaded anew, from this browser's cache. */
  const recover = async (from: LoadedModel, reason: string) => {
    if (model !== from) return;
    emit({ type: 'lost', reason });
    await load({ ...asked, backend: 'wasm' });
  };

  /** Does it again on wasm where a graphics processor fails. */
  const onModel = async <T>(work: (model: LoadedModel) => Promise<T>): Promise<T> => {
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
  };

  return {
    start: (options = {}, call = {}) =>
      alone(call, async (): Promise<SessionInfo> => {
        const next = await load(options, call.signal);
        asked = options;
        return next.info();
      }),
    sample: ({ seed, psi = 0.7, mix }: SampleRequest, call: CallOptions = {}): Promise<CodedPicture> =>
      alone(call, () =>
        onModel(async ({ first }) => {
          const codeOf = async (number: number) => {
            const session = await first.sample(number, { truncationPsi: psi });
            const coded = { w: session.w, picture: session.image };
            session.dispose();
            return coded;
          };
          const coded = await codeOf(seed);
          if (!mix) return coded;
          const { wDim } = first;
          const w = coded.w.slice();
          w.set((await codeOf(mix.seed)).w.subarray(mix.from * wDim), mix.from * wDim);
          return { w, picture: await paint(first, w) };
        }),
      ),
    render: (w, call = {}): Promise<Picture> => alone(call, () => onModel(({ first }) => paint(first, w))),
    preview(request: DragRequest, call: CallOptions = {}): Promise<Picture | null> {
      const mine = ++latest;
      return alone(call, () =>
        onModel(async ({ full, info }) => {
          if (mine !== latest || info().maxPoints === 0) return null;
          const { w, points, anchors = [] } = request;
          const session = await opened(await full, w);
          return session.preview(points, { anchors, signal: call.signal });
        }),
      );
    },
    drag(request: DragRequest, call: CallOptions = {}): Promise<DragOutcome> {
      const { w, points, anchors = [], mask, calls = 4, watch } = request;
      latest++; // previews that wait are of no more use
      return alone(call, () =>
        onModel(async ({ full, info }) => {
          const autodrag = await full;
          const method = request.method ?? (autodrag.predictor ? 'predictor' : 'draggan');
          if (method !== 'predictor') await registerGradients();
          const session = await opened(autodrag, w);
          const result = await session.drag(points, {
            ...{ anchors, mask, calls, signal: call.signal },
            method: method === 'refined' ? 'predictor' : method,
            refine: method === 'refined',
            steps: mostSteps,
            onStep: ({ step, steps }) => watch !== undefined && emit({ type: 'step', watch, step, steps }),
          });
          if (result.moved && open) open.w = result.w.slice();
          emit({ type: 'info', info: info() });
          return outcomeOf(result);
        }),
      );
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    dispose() {
      disposed = true;
      listeners.clear();
      tail = tail.then(() => {
        close();
        model?.dispose();
        model = null;
      });
    },
  };
}

function outcomeOf({ image, points, ...result }: DragResult): DragOutcome {
  const { w, codes, distanceBefore, distanceAfter, moved, calls, maskChange, milliseconds } = result;
  const reached = points.map((point) => point.reached);
  return { w, picture: image, codes, reached, distanceBefore, distanceAfter, moved, calls, maskChange, milliseconds };
}

function same(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** A task of its own: `setTimeout` would wait for 4 ms. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
