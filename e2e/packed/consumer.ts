// What a TypeScript project writes against the packages. It is compiled, not run. A type that cannot be resolved is
// `any`, and that makes the lines marked @ts-expect-error fail.
import {
  type Autodrag,
  type DragPoint,
  type DragResult,
  loadAutodrag,
  ModelError,
  type Session,
  type WeightSource,
} from '@autodrag/autodrag';
import { type CheckpointStore, createMemoryStore, trainPredictor } from '@autodrag/autodrag/training';
import { type AvatarParameters, avatarFromLatent, defaultWeights, renderAvatar } from '@autodrag/avatars';
import { detectorWeights } from '@autodrag/avatars/detector';
import { type CodeErrors, codeErrors } from '@autodrag/evaluation';
import { createLatentPredictor, type LatentPredictor, loadLatentPredictor } from '@autodrag/latent-predictor';
import { createLatentRegularizer, type LatentRegularizer, loadLatentRegularizer } from '@autodrag/latent-regularizer';
import { createOrbMatcher, type Matcher, type Matches } from '@autodrag/matching';
import { createRandom, isAutodragError, type ParameterTree, valueAndGrads } from '@autodrag/nn';
import { expectClose, type TestBackend, testBackends } from '@autodrag/nn/testing';
import { createGenerator, type Generator, loadStyleGan2, type StyleGan2Config } from '@autodrag/stylegan2';
import { type ImportedStyleGan2, importStyleGan2 } from '@autodrag/stylegan2/import';
import { registerWasmGradients, type WasmGradientsRegistration } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { type BackendName, loadAutodrag as loadFromPaths, useBackend } from 'autodrag';

export async function edit(source?: WeightSource): Promise<Float32Array> {
  const backend: BackendName = await useBackend('wasm');
  const autodrag: Autodrag = source ? await loadAutodrag({ generator: source }) : await loadFromPaths();
  const session: Session = await autodrag.sample(7, { truncationPsi: 0.7 });
  const points: DragPoint[] = [{ handle: { x: 149, y: 141 }, target: { x: 130, y: 150 } }];
  const result: DragResult = await session.drag(points, { onStep: ({ w }) => console.log(backend, w.length) });
  // @ts-expect-error a number is no text
  const distance: string = result.distanceAfter;
  // @ts-expect-error a point needs both coordinates
  await session.drag([{ handle: { x: 1 }, target: { x: 1, y: 1 } }]);
  return distance ? session.w : result.w;
}

export async function load(bytes: Uint8Array): Promise<[Generator, LatentRegularizer, LatentPredictor]> {
  const { config, parameters } = await loadStyleGan2(bytes);
  const typed: StyleGan2Config = config;
  const imported: ImportedStyleGan2 = await importStyleGan2(bytes);
  // @ts-expect-error a tensor of rank 3 is not one of rank 4
  const image: tf.Tensor4D = createGenerator(imported.config, imported.parameters).mapping(tf.zeros([1, 8]));
  // @ts-expect-error there is no such number
  typed.resolutions;
  const regularizer = await loadLatentRegularizer(bytes);
  const predictor = await loadLatentPredictor(bytes);
  image.dispose();
  return [
    createGenerator(config, parameters),
    createLatentRegularizer(regularizer.config, regularizer.parameters),
    createLatentPredictor(predictor.config, predictor.parameters),
  ];
}

export async function evaluate(models: Parameters<typeof codeErrors>[0]): Promise<CodeErrors> {
  // @ts-expect-error a count is no text
  await codeErrors(models, { groups: detectorWeights.href });
  return codeErrors(models, { groups: 1 });
}

export async function match(a: Uint8Array, b: Uint8Array): Promise<Float32Array> {
  const matcher: Matcher = createOrbMatcher({ features: 1000 });
  const matches: Matches = await matcher.match(a, b);
  // @ts-expect-error a count is a number
  const count: string = matches.count;
  return count ? matches.scores : matches.pointsA;
}

export function draw(): Float32Array | Uint8ClampedArray | Uint8Array {
  const avatar: AvatarParameters = avatarFromLatent(new Float32Array(64));
  const address: URL = defaultWeights.generator;
  // @ts-expect-error geometry has no such name
  avatar.geometry.wings;
  return renderAvatar(avatar, { resolution: address.href.length }).pixels;
}

export async function train(): Promise<void> {
  const store: CheckpointStore = createMemoryStore();
  const registration: WasmGradientsRegistration = await registerWasmGradients();
  const parameters = { weight: createRandom(1).normalTensor([2, 3]) } satisfies ParameterTree;
  const { value, grads } = valueAndGrads((p) => tf.sum(p.weight) as tf.Scalar, parameters);
  const gradient: tf.Tensor = grads.weight;
  // @ts-expect-error the gradients have the names of the parameters
  grads.bias;
  // @ts-expect-error a scalar is no number
  const loss: number = value;
  const [backend]: (TestBackend | undefined)[] = testBackends();
  // @ts-expect-error there is no such backend
  const odd: TestBackend = 'abacus';
  expectClose(gradient, [1, 1, 1, 1, 1, 1]);
  console.log(store, registration, loss, backend, odd, trainPredictor.name);
}

export function explain(error: unknown): string {
  if (error instanceof ModelError || isAutodragError(error)) {
    // @ts-expect-error codes are texts
    const code: number = error.code;
    return `${code}: ${error.message}`;
  }
  return String(error);
}
