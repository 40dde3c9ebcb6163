import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Autodrag } from '@autodrag/autodrag';
import { type FaceApi, featureJudge, type Judge, landmarkJudge, loadFaceJudge } from '@autodrag/evaluation';
import { type Context, choiceOption, type OptionSpec, textOption, UsageError } from '../command.js';
import { openModel } from '../commands/open-model.js';
import type { BackendName } from '../node/backends.js';
import { readWholeFile } from '../node/read-file.js';
import { openEvaluation } from './open-evaluation.js';
import { hashOf } from './records-file.js';

/** A model, and who says where its landmarks are. */
export type Judged = {
  readonly autodrag: Autodrag;
  readonly backend: BackendName;
  readonly judge: Judge;
  /** The judge's name with a hash of its weights, where it has some. */
  readonly judgeName: string;
};

const judges = ['detector', 'face', 'features'] as const;

export const judgeOptions: Record<string, OptionSpec> = {
  judge: {
    type: 'string',
    value: 'NAME',
    choices: judges,
    help: 'with --methods: detector (of the domain), face (68 points, needs @vladmandic/face-api), features (any model)',
  },
  'face-models': {
    type: 'string',
    value: 'DIR',
    help: 'with --judge face: its tiny_face_detector and face_landmark_68 models; those of its package by default',
  },
};

/** Opens the model and the judge that the command line names. @throws UsageError */
export async function openJudge(context: Context): Promise<Judged> {
  const kind = choiceOption(context.values, 'judge', judges, 'detector');
  if (kind === 'detector') {
    const { autodrag, backend, domain, detector, detectorBytes } = await openEvaluation(context);
    const judge = landmarkJudge(domain, detector);
    return { autodrag, backend, judge, judgeName: `${judge.name} ${hashOf(detectorBytes)}` };
  }
  if (kind === 'features') {
    const judge = featureJudge();
    return { ...(await openModel(context)), judge, judgeName: judge.name };
  }
  const { faceApi, models } = openFaceApi(textOption(context.values, 'face-models'));
  const read = async (name: string) => ({
    manifest: JSON.parse(new TextDecoder().decode(await readWholeFile(join(models, `${name}-weights_manifest.json`)))),
    bytes: await readWholeFile(join(models, `${name}.bin`)),
  });
  const weights = { detector: await read('tiny_face_detector_model'), landmarks: await read('face_landmark_68_model') };
  const opened = await openModel(context); // starts the backend, which the networks need
  const judge = await loadFaceJudge(faceApi, weights);
  return { ...opened, judge, judgeName: `${judge.name} ${hashOf(weights.landmarks.bytes)}` };
}

/**
 * The optional package beside this one or in the working folder: its build without a backend of its own, so that it
 * computes on ours.
 */
function openFaceApi(folder: string | undefined): { faceApi: FaceApi; models: string } {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    const require = createRequire(from);
    try {
      const models = folder ?? join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
      return { faceApi: require('@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi, models };
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new UsageError(
    "--judge face: @vladmandic/face-api is not installed. 'npm install @vladmandic/face-api @tensorflow/tfjs' does that.",
  );
}
