import { InvalidArgumentError } from '../errors/errors.js';
import type { SettingValue } from './training-types.js';

/** What a value may be. */
export type Rule<Value> = {
  /** For messages: 'a number above 0' */
  readonly expected: string;
  readonly fits: (value: unknown) => value is Value;
};

/** A setting of a training: what it may be, and what it is unless somebody says otherwise. */
export type Setting<Value> = {
  readonly rule: Rule<Value>;
  readonly default: Value;
  /** For people, one line. */
  readonly help: string;
};

/**
 * The settings of a training, the one place where each is named: types, defaults, checks and help are derived from it.
 */
export type SettingsSchema = Readonly<Record<string, Setting<SettingValue>>>;

/** The settings of a schema, all of them given. */
export type SettingsOf<Schema extends SettingsSchema> = {
  -readonly [Name in keyof Schema]: Schema[Name]['default'];
};

export function setting<Value>(rule: Rule<Value>, defaultValue: NoInfer<Value>, help: string): Setting<Value> {
  return { rule, default: defaultValue, help };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A whole number, `min` or more. */
export function wholeNumber(min: number): Rule<number> {
  return {
    expected: `a whole number of at least ${min}`,
    fits: (value): value is number => Number.isSafeInteger(value) && (value as number) >= min,
  };
}

export const anyNumber: Rule<number> = { expected: 'a number', fits: isNumber };

export const positiveNumber: Rule<number> = {
  expected: 'a number above 0',
  fits: (value): value is number => isNumber(value) && value > 0,
};

export const numberFromZero: Rule<number> = {
  expected: 'a number of at least 0',
  fits: (value): value is number => isNumber(value) && value >= 0,
};

/** A number from 0 to 1. */
export const share: Rule<number> = {
  expected: 'a number from 0 to 1',
  fits: (value): value is number => isNumber(value) && value >= 0 && value <= 1,
};

export const trueOrFalse: Rule<boolean> = {
  expected: 'true or false',
  fits: (value): value is boolean => typeof value === 'boolean',
};

/** One of several words or numbers. */
export function oneOf<const Choice extends string | number>(...choices: readonly Choice[]): Rule<Choice> {
  return {
    expected: `one of ${choices.join(', ')}`,
    fits: (value): value is Choice => (choices as readonly unknown[]).includes(value),
  };
}

/** `[low, high]`, both from 0 to 1. */
export const interval: Rule<readonly [low: number, high: number]> = {
  expected: 'two numbers from 0 to 1, the smaller one first, [0.1,1] for example',
  fits: (value): value is readonly [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every(share.fits) && value[0]! <= value[1]!,
};

/** A list of objects, at least one, each with these fields and no others; a name that ends in `?` may be left out. */
export function listOf<Item extends object>(
  fields: Readonly<Record<string, Rule<SettingValue>>>,
): Rule<readonly Item[]> {
  const rules = Object.entries(fields).map(([name, { expected, fits }]) => ({
    name: name.replace('?', ''),
    optional: name.endsWith('?'),
    expected,
    fits,
  }));
  const known = new Set(rules.map(({ name }) => name));
  const listed = rules.map(
    ({ name, optional, expected }) => `${name} (${expected}${optional ? '; may be left out' : ''})`,
  );
  const isItem = (item: unknown): item is Item =>
    typeof item === 'object' &&
    item !== null &&
    Object.keys(item).every((name) => known.has(name)) &&
    rules.every(({ name, optional, fits }) =>
      Object.hasOwn(item, name) ? fits((item as Record<string, unknown>)[name]) : optional,
    );
  return {
    expected: `a JSON list of objects with ${listed.join(', ')}`,
    fits: (value): value is readonly Item[] => Array.isArray(value) && value.length > 0 && value.every(isItem),
  };
}

/**
 * The settings with the defaults filled in; what is given as undefined counts as left out.
 *
 * @param where the function that was called
 * @throws InvalidArgumentError that names function, setting, rule, and what it got
 */
export function resolveSettings<Schema extends SettingsSchema>(
  where: string,
  schema: Schema,
  given: Readonly<Record<string, unknown>>,
): SettingsOf<Schema> {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const setting = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (!setting) {
      throw new InvalidArgumentError(
        `${where}: there is no setting '${name}'. There are: ${Object.keys(schema).join(', ')}.`,
      );
    }
    if (!setting.rule.fits(value)) {
      throw new InvalidArgumentError(
        `${where}: ${name}: expected ${setting.rule.expected}, got ${JSON.stringify(value) ?? String(value)}.`,
      );
    }
  }
  return Object.fromEntries(
    Object.entries(schema).map(([name, setting]) => [name, given[name] ?? setting.default]),
  ) as SettingsOf<Schema>;
}

/** The defaults of all settings. */
export function defaultSettings<Schema extends SettingsSchema>(schema: Schema): SettingsOf<Schema> {
  return resolveSettings('defaultSettings', schema, {});
}
