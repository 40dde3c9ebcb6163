import type { Autodrag, DragResult, Picture, Preview } from '@autodrag/autodrag';
import { createDraftRule } from './create-draft-rule.js';
import type { OpenCode } from './create-open-code.js';
import type { CodedPicture, DragOutcome, DragRequest, SampleRequest, SessionEvent } from './editor-session.js';
import type { LoadedModel } from './load-model.js';

/** Of an optimisation. Most drags of the avatars end sooner. */
const mostSteps = 150;

/** What a session is asked for, done by a model that is there; one at a time. */
export type ModelWork = {
  sample(request: SampleRequest, model: LoadedModel): Promise<CodedPicture>;
  render(w: Float32Array, model: LoadedModel): Promise<Picture>;
  preview(request: DragRequest, model: LoadedModel, signal?: AbortSignal): Promise<Preview | null>;
  drag(request: DragRequest, model: LoadedModel, signal?: AbortSignal): Promise<DragOutcome>;
};

export function createModelWork(open: OpenCode, emit: (event: SessionEvent) => void): ModelWork {
  const drafts = createDraftRule();
  return {
    async sample({ seed, psi = 0.7, mix }, { first }) {
      const coded = await codeOfSeed(first, seed, psi);
      if (!mix) return coded;
      const { wDim } = first;
      const w = coded.w.slice();
      w.set((await codeOfSeed(first, mix.seed, psi)).w.subarray(mix.from * wDim), mix.from * wDim);
      return { w, picture: await open.paint(first, w) };
    },
    render: (w, { first }) => open.paint(first, w),
    async preview({ w, points, anchors = [], draft: mayBeDraft = false }, { full }, signal) {
      const autodrag = await full;
      const session = await open.at(autodrag, w);
      const draft = mayBeDraft && drafts.slow(autodrag);
      const from = performance.now();
      const picture = await session.preview(points, { anchors, signal, draft });
      // not every model has drafts; and what was given up took no time
      if (picture && !picture.draft) drafts.took(autodrag, performance.now() - from);
      return picture;
    },
    async drag(request, { full, info }, signal) {
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
