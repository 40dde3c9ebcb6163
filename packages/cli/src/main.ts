import { isAutodragError, printable, quote } from '@autodrag/nn';
import { type Command, type Context, commandHelp, type Io, parseCommand, StopSignal, UsageError } from './command.js';
import { createOutputFolders } from './node/output-folders.js';
import { safeIo } from './safe-io.js';
import { version } from './version.js';

/**
 * All commands, in the order of the help. Each is loaded when it is used: a program that asks for help should not wait.
 */
const commands: Record<string, () => Promise<Command>> = {
  edit: async () => (await import('./commands/edit/edit-command.js')).editCommand,
  sample: async () => (await import('./commands/sample.js')).sampleCommand,
  info: async () => (await import('./commands/info.js')).infoCommand,
  import: async () => (await import('./commands/import.js')).importCommand,
  export: async () => (await import('./commands/export.js')).exportCommand,
  match: async () => (await import('./commands/match.js')).matchCommand,
  evaluate: async () => (await import('./commands/evaluate.js')).evaluateCommand,
  bench: async () => (await import('./commands/bench.js')).benchCommand,
  train: async () => (await import('./commands/train.js')).trainCommand,
};

/**
 * The command line. One line on stderr for an error, and its stack with `--verbose`.
 *
 * @param args what follows the program's name
 * @returns the exit status: 0, 1 for a failure, 2 for a wrong command line, 3 for a training that its `--minutes`
 * ended,
 *   130 after Ctrl-C, 143 after SIGTERM
 */
export async function main(args: readonly string[], terminal: Io): Promise<number> {
  const io = safeIo(terminal);
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const asked = Object.hasOwn(commands, rest[0] ?? '') ? await commands[rest[0] as string]?.() : undefined;
    io.out(asked ? commandHelp(asked) : await help());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    io.out(`${version()}\n`);
    return 0;
  }
  const folders = createOutputFolders();
  try {
    const command = Object.hasOwn(commands, name) ? await commands[name]?.() : undefined;
    if (!command) {
      throw new UsageError(`no command is called ${quote(name)}. There are: ${Object.keys(commands).join(', ')}.`);
    }
    const parsed = parseCommand(command, rest);
    if (parsed.values.help) {
      io.out(commandHelp(command));
      return 0;
    }
    const context: Context = { ...parsed, io, prepareFolder: folders.prepare };
    return (await command.run(context)) ?? 0;
  } catch (error) {
    await folders.removeEmpty();
    if (io.signal.aborted && error === io.signal.reason) {
      io.err('autodrag: stopped.\n');
      return error instanceof StopSignal ? error.exitStatus : 130;
    }
    const verbose = rest.includes('--verbose');
    io.err(`autodrag: ${oneLine(error)}\n`);
    if (verbose && error instanceof Error) io.err(`${stackOf(error)}\n`);
    return isAutodragError(error) && wrongArguments.has(error.code) ? 2 : 1;
  }
}

/** Codes of errors that are about what was given on the command line: points and seeds are given there alone. */
const wrongArguments = new Set(['USAGE', 'POINT', 'SEED']);

async function help(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  const width = Math.max(...all.map((command) => command.name.length)) + 2;
  return [
    'autodrag: drag points of a generated picture to where they belong.',
    '',
    'autodrag COMMAND [options]',
    '',
    ...all.map((command) => `  ${command.name.padEnd(width)}${command.summary}`),
    '',
    "  autodrag COMMAND --help says more. 'autodrag --version' prints the version.",
    '',
    'Exit status: 0; 1 for a failure; 2 for a wrong command line; 3 for a training that --minutes ended before its',
    'last step; 130 and 143 after Ctrl-C and SIGTERM. The first signal ends orderly, a second one at once.',
    '',
  ].join('\n');
}

/** An error of somebody else may quote a whole file. */
const LONGEST_LINE = 2000;

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return printable(message.replace(/\s*\n\s*/g, ' ').trim(), { longest: LONGEST_LINE });
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? ''}${cause}`;
}
