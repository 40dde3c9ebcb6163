import { runSettings } from '@autodrag/nn/training';
import { textOptions, UsageError, type Values } from '../command.js';
import { type GivenSettings, readTrainingSettings } from './training-settings.js';
import { trainings } from './trainings.js';

/** What the command line says to both stages. */
export type StageSettings = Readonly<Record<'regularizer' | 'predictor', GivenSettings>>;

/**
 * The settings of both stages: `--set predictor.steps=5000` is one stage's, `--seed 3` and `--set reportEvery=5` are
 * both's.
 *
 * @param where the command, for messages
 * @throws UsageError
 */
export function readStageSettings(where: string, values: Values): StageSettings {
  const given = textOptions(values, 'set');
  const foreign = given.find((text) => {
    const name = text.split('=')[0]!;
    return !/^(?:regularizer|predictor)\./.test(name) && !Object.hasOwn(runSettings, name);
  });
  if (foreign !== undefined) {
    throw new UsageError(
      `${where}: --set ${foreign}: say which stage: regularizer.NAME=VALUE or predictor.NAME=VALUE.`,
    );
  }
  const read = (stage: 'regularizer' | 'predictor') => {
    const own = given.flatMap((text) => {
      if (!/^(?:regularizer|predictor)\./.test(text)) return [text];
      return text.startsWith(`${stage}.`) ? [text.slice(stage.length + 1)] : [];
    });
    return readTrainingSettings(stage, trainings[stage], { ...values, set: own });
  };
  return { regularizer: read('regularizer'), predictor: read('predictor') };
}
