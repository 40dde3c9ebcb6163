import { runSettings, type Setting, type SettingsSchema, type SettingValue } from '@autodrag/nn/training';
import { numberOption, textOption, textOptions, UsageError, type Values } from '../command.js';

/** What the command line may say to a training. */
export type TrainingArguments = {
  readonly settings: SettingsSchema;
  /** Sizes of what is trained, which may be set like settings. */
  readonly sizes?: SettingsSchema;
  /** The settings that `--steps` and `--batch` stand for; a text says why there is none, and what to do instead. */
  readonly steps: { readonly setting: string } | { readonly instead: string };
  readonly batch: { readonly setting: string } | { readonly instead: string };
  /** What `--preset` sets, by its name. */
  readonly presets?: Readonly<Record<string, GivenSettings>>;
};

/** Only what was said, so that the defaults hold for the rest. */
export type GivenSettings = {
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly sizes: Readonly<Record<string, SettingValue>>;
};

/** All that `--set` takes. */
export function allSettings({ settings, sizes = {} }: TrainingArguments): Record<string, Setting<SettingValue>> {
  return { ...settings, ...sizes, ...runSettings };
}

/**
 * The settings that the command line gives a training.
 *
 * @param name of the training
 * @throws UsageError naming the option, what it got, and what may be set
 */
export function readTrainingSettings(name: string, training: TrainingArguments, values: Values): GivenSettings {
  const given: Record<string, SettingValue> = { ...presetOf(name, training, values) };
  for (const option of ['steps', 'batch'] as const) {
    const value = numberOption(values, option, undefined, { min: 1, integer: true });
    if (value === undefined) continue;
    const meaning = training[option];
    if ('instead' in meaning) throw new UsageError(`train ${name}: --${option}: ${meaning.instead}`);
    given[meaning.setting] = value;
  }
  const seed = numberOption(values, 'seed', undefined, { min: 0, integer: true });
  if (seed !== undefined) given.seed = seed;
  const known = allSettings(training);
  for (const text of textOptions(values, 'set')) {
    const [key, value] = readSetting(name, known, text);
    given[key] = value;
  }
  const isSize = ([key]: [string, unknown]) => Object.hasOwn(training.sizes ?? {}, key);
  const entries = Object.entries(given);
  return {
    settings: Object.fromEntries(entries.filter((entry) => !isSize(entry))),
    sizes: Object.fromEntries(entries.filter(isSize)),
  };
}

/** What `--preset` sets; single settings go before it. */
function presetOf(name: string, { presets = {} }: TrainingArguments, values: Values): Record<string, SettingValue> {
  const preset = textOption(values, 'preset');
  if (preset === undefined) return {};
  if (!Object.hasOwn(presets, preset)) {
    const there = Object.keys(presets).join(', ') || 'none';
    throw new UsageError(`train ${name}: --preset: expected one of ${there}, got '${preset}'.`);
  }
  return { ...presets[preset]!.settings, ...presets[preset]!.sizes };
}

/** One `--set`. */
function readSetting(
  training: string,
  known: Readonly<Record<string, Setting<SettingValue>>>,
  given: string,
): [name: string, value: SettingValue] {
  const [, name, text] = /^([A-Za-z]\w*)=(.*)$/s.exec(given) ?? [];
  if (name === undefined || text === undefined) throw new UsageError(`--set: expected NAME=VALUE, got '${given}'.`);
  const setting = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!setting) {
    throw new UsageError(
      `train ${training}: --set: this training has no setting '${name}'. There are: ${Object.keys(known).join(', ')}.`,
    );
  }
  const value = parse(text);
  if (!setting.rule.fits(value)) {
    throw new UsageError(`train ${training}: --set ${name}: expected ${setting.rule.expected}, got '${text}'.`);
  }
  return [name, value];
}

/** Numbers, lists and the like as JSON; else the text as it is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
