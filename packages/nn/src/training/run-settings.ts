import { numberFromZero, setting, wholeNumber } from './settings.js';

/** What every training may be told that does not decide its result. */
export const runSettings = {
  reportEvery: setting(wholeNumber(1), 20, 'steps between two rows of the learning curve'),
  checkpointEverySeconds: setting(numberFromZero, 180, 'seconds between two checkpoints'),
};
