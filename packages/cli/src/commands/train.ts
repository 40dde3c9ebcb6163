import { stat } from 'node:fs/promises';
import { quote } from '@autodrag/nn';
import { backendOption, type Command, type Context, textOption, UsageError } from '../command.js';
import { domainOption, openDomain } from '../domains.js';
import { registerGradients, useBackend } from '../node/backends.js';
import { createFileStore } from '../node/file-store.js';
import { followTraining } from './follow-training.js';
import { trainModel } from './train-model.js';
import { allSettings, readTrainingSettings } from './training-settings.js';
import { trainingStatus, trainingStop } from './training-stop.js';
import { modelNames, type Training, type TrainingName, trainings } from './trainings.js';

const names = Object.keys(trainings).join('|');

export const trainCommand: Command = {
  name: 'train',
  summary: 'train regularizer and predictor for a model, or go on with a training',
  takesArguments: true,
  usage: `FOLDER [options], or autodrag train TRAINING -o DIR [options]`,
  details: `FOLDER holds generator.safetensors, as 'autodrag import' writes it: both stages are run for it, and it gets
regularizer.safetensors and predictor.safetensors, so that --model takes it. The trainings alone, each of which leaves
its weights in DIR: ${names.replaceAll('|', ', ')}.

Checkpoints are written every few minutes, the last two are kept. The same command goes on where the last one was,
with the same figures as if it had not been interrupted. Ctrl-C writes a checkpoint and ends, a second Ctrl-C ends at
once. Beside the checkpoints are metrics.json and the learning curves, curves.svg and curves.png.

Exit status: 0 when it is finished; 3 when --minutes were over before; 130 after Ctrl-C, 143 after SIGTERM; 1 for a
failure; 2 for a wrong command line. After 3, 130 and 143 the same command goes on.

Settings for --set, with their defaults (of FOLDER's stages as regularizer.NAME=VALUE and predictor.NAME=VALUE):
${Object.entries(trainings).map(settingsHelp).join('\n')}`,
  options: {
    out: { type: 'string', short: 'o', value: 'DIR', help: 'folder for checkpoints, weights and curves' },
    steps: {
      type: 'string',
      value: 'N',
      help: 'optimiser steps in all; by default what the recipe says. Not of the generator, whose stages decide',
    },
    minutes: { type: 'string', value: 'M', help: 'end with a checkpoint after so many minutes' },
    batch: { type: 'string', value: 'N', help: 'samples a step: motions for the predictor. Not of the generator' },
    seed: { type: 'string', value: 'N', help: 'of all that is random in the training' },
    generator: {
      type: 'string',
      value: 'FILE',
      help: "the generator to train on, the avatars by default; of the generator's training what it begins with",
    },
    regularizer: { type: 'string', value: 'FILE', help: 'the regularizer to begin the predictor with' },
    predictor: { type: 'string', value: 'FILE', help: 'the predictor whose motion field is to be trained on' },
    from: {
      type: 'string',
      value: 'DIR',
      help: 'the folder of another run to begin with what it had learned, whatever its settings',
    },
    preset: {
      type: 'string',
      value: 'NAME',
      help: 'paper: both stages as the paper prints them; --set goes before it',
    },
    set: { type: 'string', multiple: true, value: 'NAME=VALUE', help: 'any other setting of the training: see above' },
    ...domainOption,
    ...backendOption,
  },
  examples: [
    'autodrag train model/ --backend node',
    'autodrag train model/ --minutes 30 --set predictor.steps=5000   # goes on',
    'autodrag train generator -o runs/generator',
    'autodrag train generator --domain cars -o runs/cars',
    'autodrag train predictor -o runs/predictor --regularizer runs/regularizer/regularizer.safetensors',
    'autodrag train motion-field -o runs/field --predictor runs/predictor/predictor.safetensors',
    'autodrag train predictor -o runs/adapted --from runs/predictor --generator runs/later/generator.safetensors',
  ],
  async run(context) {
    const [name] = context.positionals;
    if (name === undefined || context.positionals.length !== 1) {
      throw new UsageError(
        `train: expected a folder with generator.safetensors, or one of ${names}, got '${context.positionals.join(' ')}'.`,
      );
    }
    if (Object.hasOwn(trainings, name)) return trainAlone(context, name as TrainingName);
    if (!(await isFolder(name))) {
      throw new UsageError(
        `train: expected a folder with generator.safetensors, or one of ${names}, got ${quote(name)}, which is neither.`,
      );
    }
    refuseDomain(context, `train ${quote(name)}`);
    if (textOption(context.values, 'from') !== undefined) {
      throw new UsageError(`train ${quote(name)}: --from: both stages begin anew. Give it to one training alone.`);
    }
    return trainModel(context, name);
  },
};

const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory() ?? false;

/** Trainings on a generator do not ask what it draws. */
function refuseDomain({ values }: Context, where: string): void {
  if (textOption(values, 'domain') === undefined) return;
  throw new UsageError(`${where}: --domain: this training learns from a generator alone. Leave it out.`);
}

async function trainAlone(context: Context, name: TrainingName): Promise<number> {
  const { values } = context;
  const out = textOption(values, 'out');
  if (out === undefined) {
    throw new UsageError("train: say where the checkpoints go: --out DIR, '-o runs/first' for example.");
  }
  const training: Training = trainings[name];
  const settings = readTrainingSettings(name, training, values);
  const models = Object.fromEntries(modelNames.map((model) => [model, textOption(values, model)]));
  for (const model of modelNames) {
    if (models[model] === undefined || training.models.includes(model)) continue;
    throw new UsageError(`train ${name}: --${model}: this training builds on no ${model}. Leave it out.`);
  }
  if (!training.draws) refuseDomain(context, `train ${name}`);
  const { domain } = await openDomain(values);
  const stop = trainingStop(context);
  const from = textOption(values, 'from');
  if (from !== undefined && !(await isFolder(from))) {
    throw new UsageError(`train ${name}: --from: expected the folder of a ${name} training, got ${quote(from)}.`);
  }
  const begin = from === undefined ? undefined : createFileStore(from);
  const store = createFileStore(await context.prepareFolder(out));
  await useBackend(textOption(values, 'backend') ?? 'wasm');
  await registerGradients();
  // Held until the weights are written, too.
  const lock = await store.lock();
  try {
    const started = await training.start({
      ...settings,
      ...models,
      domain,
      options: { store, begin, signal: stop.signal },
    });
    const finished = await followTraining(context, started, { name, curves: out, weights: out, stop });
    return trainingStatus(context, finished);
  } finally {
    await lock.release();
  }
}

/** A line for each setting. */
function settingsHelp([name, training]: [string, Training]): string {
  const lines = Object.entries(allSettings(training)).map(([setting, { default: value, help }]) => {
    const shown = JSON.stringify(value);
    return `    ${setting.padEnd(24)}${help}${shown.length < 30 ? ` [${shown}]` : ''}`;
  });
  return [`  ${name}`, ...lines].join('\n');
}
