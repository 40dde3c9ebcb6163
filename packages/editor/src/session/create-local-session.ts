import type { Autodrag, DragResult } from '@autodrag/autodrag';
import { createModelHolder } from './create-model-holder.js';
import { createOpenCode } from './create-open-code.js';
import { createQueue } from './create-queue.js';
import type {
  CodedPicture,
  DragOutcome,
  DragRequest,
  EditorSession,
  SampleRequest,
  SessionEvent,
} from './editor-session.js';
import type { LoadedModel } from './load-model.js';

/** Of an optimisation. Most drags of the avatars end sooner. */
const mostSteps = 150;

/** A session that computes in this thread: in a worker by `serveSession`, or in the page itself. */
export function createLocalSession(): EditorSession {
  const listeners = new Set<(event: SessionEvent) => void>();
  const emit = (event: SessionEvent) => {
    for (const listener of listeners) listener(event);
  };
  const queue = createQueue();
  const open = createOpenCode();
  const alone = (work: () => Promise<unknown>) => void queue.run({}, work).catch(() => {});
  const model = createModelHolder({ emit, close: open.close, alone });
  let latest = 0; // of the previews that were asked for

  const sampleNow = async ({ seed, psi = 0.7, mix }: SampleRequest, { first }: LoadedModel): Promise<CodedPicture> => {
    const coded = await codeOfSeed(first, seed, psi);
    if (!mix) return coded;
    const { wDim } = first;
    const w = coded.w.slice();
    w.set((await codeOfSeed(first, mix.seed, psi)).w.subarray(mix.from * wDim), mix.from * wDim);
    return { w, picture: await open.paint(first, w) };
  };
  const dragNow = async (request: DragRequest, { full, info }: LoadedModel, signal?: AbortSignal) => {
    const { w, points, anchors = [], mask, calls = 4, watch } = request;
    const autodrag = await full;
    const method = request.method ?? (autodrag.predictor ? 'predictor' : 'draggan');
    if (method !== 'predictor') await registerGradients();
    const session = await open.at(autodrag, w);
    const result = await session.drag(points, {
      ...{ anchors, mask, calls, signal, steps: mostSteps },
      method: method === 'refined' ? 'predictor' : method,
      refine: method === 'refined',
      onStep: ({ step, steps }) => watch !== undefined && emit({ type: 'step', watch, step, steps }),
    });
    if (result.moved) open.moved(result.w);
    emit({ type: 'info', info: info() });
    return outcomeOf(result);
  };

  return {
    start: (options = {}, call = {}) => queue.run(call, async () => (await model.load(options, call.signal)).info()),
    sample: (request, call = {}) => queue.run(call, () => model.use((now) => sampleNow(request, now))),
    render: (w, call = {}) => queue.run(call, () => model.use(({ first }) => open.paint(first, w))),
    preview({ w, points, anchors = [] }, call = {}) {
      const mine = ++latest;
      return queue.run(call, () =>
        model.use(async ({ full, info }) => {
          if (mine !== latest || info().maxPoints === 0) return null;
          const session = await open.at(await full, w);
          return session.preview(points, { anchors, signal: call.signal });
        }),
      );
    },
    async drag(request, call = {}) {
      latest++; // previews that wait are of no more use
      await model.now()?.full; // not in the queue: new pictures need no predictor
      return queue.run(call, () => model.use((now) => dragNow(request, now, call.signal)));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    dispose() {
      listeners.clear();
      queue.end(model.dispose);
    },
  };
}

/**
 * An optimisation needs gradients, which TensorFlow.js' core has apart: they are no part of a page that only predicts.
 */
async function registerGradients(): Promise<void> {
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
}

async function codeOfSeed(autodrag: Autodrag, seed: number, truncationPsi: number): Promise<CodedPicture> {
  const session = await autodrag.sample(seed, { truncationPsi });
  const coded = { w: session.w, picture: session.image };
  session.dispose();
  return coded;
}

function outcomeOf({ image, points, ...result }: DragResult): DragOutcome {
  const { w, codes, distanceBefore, distanceAfter, moved, calls, maskChange, milliseconds } = result;
  const reached = points.map((point) => point.reached);
  return { w, picture: image, codes, reached, distanceBefore, distanceAfter, moved, calls, maskChange, milliseconds };
}
