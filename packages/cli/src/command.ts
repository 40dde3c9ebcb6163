import { parseArgs } from 'node:util';
import { AutodragError, quote } from '@autodrag/nn';
import { joinNegativeValues } from './join-negative-values.js';
import { backendNames } from './node/backends.js';

/** The command line itself is wrong: an unknown option, a missing value, a number that is none. Exit status 2. */
export class UsageError extends AutodragError {
  override readonly name = 'UsageError';

  constructor(message: string, options?: ErrorOptions) {
    super('USAGE', message, options);
  }
}

/** A signal of the system asked the program to end: the reason of an abort. */
export class StopSignal extends AutodragError {
  override readonly name = 'StopSignal';
  /** As shells have it: 130 for SIGINT, 143 for SIGTERM. */
  readonly exitStatus: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('STOPPED', `stopped by ${signal === 'SIGINT' ? 'Ctrl-C' : signal}`);
    this.exitStatus = signal === 'SIGINT' ? 130 : 143;
  }
}

export type OptionSpec = {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** What stands for the value in the help, `FILE`. */
  readonly value?: string;
  /** The words that it may be. */
  readonly choices?: readonly string[];
  readonly help: string;
};

export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** Where a command reads and writes, so that tests can stand in for a terminal. */
export type Io = {
  out(text: string): void;
  err(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Aborted by the first Ctrl-C or SIGTERM, with a StopSignal. */
  readonly signal: AbortSignal;
};

/** What was given on the command line. */
export type Parsed = {
  readonly values: Values;
  readonly positionals: readonly string[];
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
};

export type Context = Parsed & {
  readonly io: Io;
  /** Makes the folder of the output, and takes it away again if the command fails before anything is in it. */
  prepareFolder(path: string): Promise<string>;
};

export type Command = {
  readonly name: string;
  readonly summary: string;
  /** What follows `autodrag NAME`. */
  readonly usage: string;
  readonly details?: string;
  /** Whether it takes more than options: files, for example. @default false */
  readonly takesArguments?: boolean;
  readonly options: Record<string, OptionSpec>;
  readonly examples: readonly string[];
  /** @returns the exit status, 0 where it says nothing */
  run(context: Context): Promise<void> | Promise<number>;
};

/** Options that every command has. */
export const commonOptions: Record<string, OptionSpec> = {
  json: { type: 'boolean', help: 'print one JSON value for programs instead of text' },
  verbose: { type: 'boolean', help: 'print the stack of an error' },
  quiet: { type: 'boolean', short: 'q', help: 'no progress on stderr' },
  help: { type: 'boolean', short: 'h', help: 'print this help' },
};

/** The option that every command which computes has. */
export const backendOption: Record<string, OptionSpec> = {
  backend: {
    type: 'string',
    value: 'NAME',
    choices: backendNames,
    help: 'wasm (default), node, cuda, webgpu or cpu',
  },
};

/** The options of commands that work on a model. */
export const modelOptions: Record<string, OptionSpec> = {
  model: {
    type: 'string',
    short: 'm',
    value: 'DIR',
    help: 'folder with generator, regularizer and predictor .safetensors; the avatars by default',
  },
};

/** How pictures are written. */
export const padOption: Record<string, OptionSpec> = {
  pad: { type: 'string', value: 'KIND', help: 'of pictures that are not square: square (default, white) or none' },
};

/**
 * Parses the arguments after the command's name.
 *
 * @throws UsageError
 */
export function parseCommand(command: Command, args: readonly string[]): Parsed {
  const specs = { ...command.options, ...commonOptions };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) },
    ]),
  );
  try {
    const parsed = parseArgs({ args: joinNegativeValues(args, specs), options, allowPositionals: true, strict: true });
    const { positionals } = parsed;
    const values = parsed.values as Values;
    if (positionals.length > 0 && !command.takesArguments) {
      throw new Error(`expected options only, got ${quote(positionals.join(' '))}`);
    }
    for (const [name, { choices }] of Object.entries(specs)) if (choices) choiceOption(values, name, choices, '');
    return {
      values,
      positionals,
      json: values.json === true,
      verbose: values.verbose === true,
      quiet: values.quiet === true,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const message = (error as Error).message.split('\n')[0]?.replace(/\. To specify.*$/, '.') ?? '';
    throw new UsageError(`${command.name}: ${message.replace(/\.$/, '')}. See 'autodrag ${command.name} --help'.`);
  }
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const specs = { ...command.options, ...commonOptions };
  const names = Object.entries(specs).map(
    ([name, { short, value }]) => `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`,
  );
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const lines = Object.values(specs).map(({ help }, i) => `  ${(names[i] as string).padEnd(width)}${help}`);
  return [
    `autodrag ${command.name} ${command.usage}`.trimEnd(),
    '',
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.details ? ['', command.details] : []),
    '',
    'Options:',
    ...lines,
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

/** A text option, or undefined where it was not given. */
export function textOption(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** All values of an option that may be given several times. */
export function textOptions(values: Values, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
}

export type NumberRule = { min?: number; max?: number; integer?: boolean };

/**
 * A number option.
 *
 * @throws UsageError naming option, rule and value
 */
export function numberOption(values: Values, name: string, fallback: number, rule?: NumberRule): number;
export function numberOption(values: Values, name: string, fallback?: undefined, rule?: NumberRule): number | undefined;
export function numberOption(
  values: Values,
  name: string,
  fallback?: number,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, integer = false }: NumberRule = {},
): number | undefined {
  const text = textOption(values, name);
  if (text === undefined) return fallback;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < min || value > max || (integer && !Number.isInteger(value))) {
    const kind = integer ? 'a whole number' : 'a number';
    const range =
      min > Number.NEGATIVE_INFINITY && max < Number.POSITIVE_INFINITY
        ? ` from ${min} to ${max}`
        : min > Number.NEGATIVE_INFINITY
          ? ` of at least ${min}`
          : max < Number.POSITIVE_INFINITY
            ? ` of at most ${max}`
            : '';
    throw new UsageError(`--${name}: expected ${kind}${range}, got '${text}'.`);
  }
  return value;
}

/** One of several words. */
export function choiceOption<const Choice extends string>(
  values: Values,
  name: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const text = textOption(values, name);
  if (text === undefined) return fallback;
  if (!(choices as readonly string[]).includes(text)) {
    throw new UsageError(`--${name}: expected one of ${choices.join(', ')}, got '${text}'.`);
  }
  return text as Choice;
}
