import { type Autodrag, loadAutodrag } from '@autodrag/autodrag';
import { defaultWeights } from '@autodrag/avatars';
import { type Loss, type StartedBackend, startBackend } from '@autodrag/browser';
import { countParameters } from '@autodrag/nn';
import { createGenerator } from '@autodrag/stylegan2';
import { importStyleGan2 } from '@autodrag/stylegan2/import';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelSource, SendableSource, SessionEvent, SessionInfo, StartOptions } from './editor-session.js';

/** A model in two steps: the generator first, so that there is a picture, then what is needed to drag. */
export type LoadedModel = {
  /** Can sample. */
  readonly first: Autodrag;
  /** Can drag, if there is a predictor. */
  readonly full: Promise<Autodrag>;
  readonly lost: Promise<Loss>;
  info(): SessionInfo;
  dispose(): void;
};

type Context = { signal?: AbortSignal; emit(event: SessionEvent): void };

/**
 * Starts a backend and loads a model's generator; its predictor follows by itself, with events.
 *
 * @throws BackendError, ModelError, CheckpointError; the signal's reason
 */
export async function loadModel({ model = {}, backend }: StartOptions, context: Context): Promise<LoadedModel> {
  const started = await startBackend({ prefer: backend ?? [], signal: context.signal });
  const { first, warnings } = await loadGenerator(model, context);
  const rest = restOf(model);
  let now = first;
  let pending = rest !== null;
  let disposed = false;
  const info = () => describe(model, now, { started, pending, warnings });
  context.emit({ type: 'info', info: info() });
  const full = !rest
    ? Promise.resolve(first)
    : loadAutodrag({ generator: first.generator, ...rest, onProgress: progress(context) }).then(
        (all) => {
          if (disposed) {
            all.dispose();
            return all;
          }
          now = all;
          pending = false;
          context.emit({ type: 'info', info: info() });
          return all;
        },
        (error: Error) => {
          pending = false;
          if (!disposed) {
            context.emit({ type: 'no-predictor', message: error.message });
            context.emit({ type: 'info', info: info() });
          }
          return first;
        },
      );
  return {
    first,
    full,
    lost: started.lost,
    info,
    dispose() {
      disposed = true;
      now.dispose(); // the generator is the same in both
    },
  };
}

/** What makes a model drag; null where it has nothing of the kind. */
function restOf({ generator, regularizer, predictor, baseUrl }: ModelSource) {
  if (predictor !== undefined) return { regularizer: regularizer ?? null, predictor };
  if (baseUrl !== undefined) {
    const folder = baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
    return { regularizer: `${folder}regularizer.safetensors`, predictor: `${folder}predictor.safetensors` };
  }
  if (generator !== undefined) return null;
  return { regularizer: defaultWeights.regularizer, predictor: defaultWeights.predictor };
}

async function loadGenerator(
  model: ModelSource,
  context: Context,
): Promise<{ first: Autodrag; warnings: readonly string[] }> {
  const { generator, baseUrl } = model;
  const options = { regularizer: null, predictor: null, onProgress: progress(context), signal: context.signal };
  if (generator === undefined || isWeightAddress(generator)) {
    return { first: await loadAutodrag({ ...options, generator: generator as string, baseUrl }), warnings: [] };
  }
  const input = typeof generator === 'string' ? new URL(generator) : generator;
  const { config, parameters, warnings } = await importStyleGan2(input, {
    signal: context.signal,
    onProgress: ({ loaded, total }) =>
      context.emit({ type: 'progress', file: 'generator', loadedBytes: loaded, totalBytes: total || null }),
  });
  return { first: await loadAutodrag({ ...options, generator: createGenerator(config, parameters) }), warnings };
}

function isWeightAddress(source: SendableSource): boolean {
  return typeof source === 'string' && /\.safetensors([?#]|$)/.test(source);
}

function progress({ emit }: Context) {
  return (now: { file: string; loadedBytes: number; totalBytes: number | null }) => emit({ type: 'progress', ...now });
}

function describe(
  { name, generator, baseUrl }: ModelSource,
  { generator: network, width, height, numWs, wDim, maxPoints }: Autodrag,
  { started, pending, warnings }: { started: StartedBackend; pending: boolean; warnings: readonly string[] },
): SessionInfo {
  const file = typeof File !== 'undefined' && generator instanceof File ? generator.name : (generator ?? baseUrl);
  return {
    name: name ?? (typeof file === 'string' ? (file.split('/').filter(Boolean).at(-1) ?? file) : 'Avatars'),
    ...{ width, height, numWs, wDim, maxPoints, predictorPending: pending, warnings },
    parameters: countParameters(network.parameters),
    memoryBytes: tf.memory().numBytes,
    backend: started.name,
    device: started.device,
    threads: started.threads,
  };
}
