import { numberOption, textOptions, UsageError, type Values } from '../command.js';

/** What a setting of a training may be. */
export type Setting = {
  /** For messages: 'a number above 0' */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
};

/** The settings of a training's options: all but the models and what the command itself provides. */
export type SettingsOf<Options> = Readonly<
  Record<Exclude<keyof Options, 'config' | 'generator' | 'regularizer' | 'signal' | 'store'>, Setting>
>;

/** What the command line may say to a training. */
export type TrainingArguments = {
  readonly settings: Readonly<Record<string, Setting>>;
  /** The settings that `--steps` and `--batch` stand for; a text says why there is none, and what to do instead. */
  readonly steps: { readonly setting: string } | { readonly instead: string };
  readonly batch: { readonly setting: string } | { readonly instead: string };
};

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A whole number, `min` or more. */
export function wholeNumber(min: number): Setting {
  return {
    expected: `a whole number of at least ${min}`,
    fits: (value) => Number.isSafeInteger(value) && (value as number) >= min,
  };
}

export const anyNumber: Setting = { expected: 'a number', fits: isNumber };
export const positiveNumber: Setting = {
  expected: 'a number above 0',
  fits: (value) => isNumber(value) && value > 0,
};
export const numberFromZero: Setting = {
  expected: 'a number of at least 0',
  fits: (value) => isNumber(value) && value >= 0,
};
export const share: Setting = {
  expected: 'a number from 0 to 1',
  fits: (value) => isNumber(value) && value >= 0 && value <= 1,
};

/** One of several words or numbers. */
export function oneOf(...choices: readonly (string | number)[]): Setting {
  return { expected: `one of ${choices.join(', ')}`, fits: (value) => choices.includes(value as string) };
}

/** `[low, high]`, both from 0 to 1. */
export const interval: Setting = {
  expected: 'two numbers from 0 to 1, the smaller one first, [0.1,1] for example',
  fits: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every(share.fits) &&
    (value[0] as number) <= (value[1] as number),
};

/** A list of objects, at least one, each with these fields and no others; a name that ends in `?` may be left out. */
export function listOf(fields: Readonly<Record<string, Setting>>): Setting {
  const rules = Object.entries(fields).map(([name, setting]) => ({
    name: name.replace('?', ''),
    optional: name.endsWith('?'),
    ...setting,
  }));
  const known = new Set(rules.map(({ name }) => name));
  return {
    expected: `a JSON list of objects with ${rules.map(({ name, optional, expected }) => `${name} (${expected}${optional ? '; may be left out' : ''})`).join(', ')}`,
    fits: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every(
        (item: unknown) =>
          typeof item === 'object' &&
          item !== null &&
          Object.keys(item).every((name) => known.has(name)) &&
          rules.every(({ name, optional, fits }) =>
            Object.hasOwn(item, name) ? fits((item as Record<string, unknown>)[name]) : optional,
          ),
      ),
  };
}

/**
 * The settings that the command line gives a training: only those, so that the recipe's defaults hold for the others.
 *
 * @param name of the training
 * @throws UsageError naming the option, what it got, and what may be set
 */
export function readTrainingSettings(
  name: string,
  { settings: known, steps, batch }: TrainingArguments,
  values: Values,
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [option, meaning] of Object.entries({ steps, batch })) {
    const value = numberOption(values, option, undefined, { min: 1, integer: true });
    if (value === undefined) continue;
    if ('instead' in meaning) throw new UsageError(`train ${name}: --${option}: ${meaning.instead}`);
    settings[meaning.setting] = value;
  }
  const seed = numberOption(values, 'seed', undefined, { min: 0, integer: true });
  if (seed !== undefined) settings.seed = seed;
  for (const given of textOptions(values, 'set')) {
    const [, key, text] = /^([A-Za-z]\w*)=(.*)$/s.exec(given) ?? [];
    if (key === undefined || text === undefined) throw new UsageError(`--set: expected NAME=VALUE, got '${given}'.`);
    const setting = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!setting) {
      throw new UsageError(
        `train ${name}: --set: this training has no setting '${key}'. There are: ${Object.keys(known).join(', ')}.`,
      );
    }
    const value = parse(text);
    if (!setting.fits(value)) {
      throw new UsageError(`train ${name}: --set ${key}: expected ${setting.expected}, got '${text}'.`);
    }
    settings[key] = value;
  }
  return settings;
}

/** Numbers, lists and the like as JSON; else the text as it is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
