import { backendOption, type Command, numberOption, textOption, UsageError } from '../command.js';
import { registerGradients, useBackend } from '../node/backends.js';
import { createFileStore } from '../node/file-store.js';
import { prepareFolder } from '../node/write-file.js';
import { followTraining } from './follow-training.js';
import { allSettings, readTrainingSettings } from './training-settings.js';
import { type Training, type TrainingName, trainings } from './trainings.js';

/** Exit status of a training that `--minutes` ended: the same command goes on with it. */
const stoppedStatus = 3;

export const trainCommand: Command = {
  name: 'train',
  summary: 'train a generator, a regularizer or a predictor, or go on with a training',
  takesArguments: true,
  usage: `${Object.keys(trainings).join('|')} -o DIR [options]`,
  details:
    'Checkpoints go into DIR every few minutes. The same command with the same DIR goes on where the last checkpoint\nwas, with the same figures as if it had not been interrupted. Ctrl-C writes a checkpoint and ends. DIR also gets\nmetrics.json and the learning curves, curves.svg and curves.png.\n\nSettings for --set:\n' +
    Object.entries(trainings)
      .map(([name, training]) => wrapped(`${name}: ${Object.keys(allSettings(training)).join(', ')}`))
      .join('\n'),
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
    generator: { type: 'string', value: 'FILE', help: 'the generator to train on; the avatars by default' },
    regularizer: { type: 'string', value: 'FILE', help: 'the regularizer to begin the predictor with' },
    set: { type: 'string', multiple: true, value: 'NAME=VALUE', help: 'any other setting of the training: see above' },
    ...backendOption,
  },
  examples: [
    'autodrag train generator -o runs/generator',
    'autodrag train regularizer -o runs/regularizer --generator runs/generator/generator.safetensors',
    'autodrag train predictor -o runs/predictor --regularizer runs/regularizer/regularizer.safetensors --backend node',
    'autodrag train predictor -o runs/predictor --minutes 30   # goes on',
  ],
  async run(context) {
    const { values, positionals, io } = context;
    const [name] = positionals;
    if (name === undefined || !Object.hasOwn(trainings, name) || positionals.length !== 1) {
      throw new UsageError(
        `train: expected one of ${Object.keys(trainings).join(', ')}, got '${positionals.join(' ')}'.`,
      );
    }
    const out = textOption(values, 'out');
    if (out === undefined)
      throw new UsageError("train: say where the checkpoints go: --out DIR, '-o runs/first' for example.");
    const minutes = numberOption(values, 'minutes', undefined, { min: 0 });
    const training: Training = trainings[name as TrainingName];
    const settings = readTrainingSettings(name, training, values);
    const models = { generator: textOption(values, 'generator'), regularizer: textOption(values, 'regularizer') };
    for (const model of ['generator', 'regularizer'] as const) {
      if (models[model] === undefined || training.models.includes(model)) continue;
      throw new UsageError(`train ${name}: --${model}: this training builds on no ${model}. Leave it out.`);
    }
    await prepareFolder(out);
    await useBackend(textOption(values, 'backend') ?? 'wasm');
    await registerGradients();
    const timeout = minutes === undefined ? [] : [AbortSignal.timeout(minutes * 60_000)];
    const signal = AbortSignal.any([io.signal, ...timeout]);
    const started = await training.start({ ...settings, ...models, options: { store: createFileStore(out), signal } });
    const { finished } = await followTraining(context, name, started, out);
    if (!finished && !io.signal.aborted) return stoppedStatus;
    if (!finished) throw io.signal.reason;
    return 0;
  },
};

/** Lines of at most 100 letters, for the help. */
function wrapped(text: string): string {
  return text.replace(/(.{1,96})(?: |$)/g, (_, line: string, at: number) => `${at === 0 ? '  ' : '\n    '}${line}`);
}
