import type { OptionSpec } from './command.js';

/**
 * `--seed -3` as `--seed=-3`: what follows an option that takes a value, and is a negative number, is that value.
 * `parseArgs` takes it for another option and says that it is ambiguous; a message about the number is of more use.
 */
export function joinNegativeValues(args: readonly string[], specs: Readonly<Record<string, OptionSpec>>): string[] {
  const takesValue = new Set(
    Object.entries(specs).flatMap(([name, { type, short }]) =>
      type === 'string' ? [`--${name}`, ...(short ? [`-${short}`] : [])] : [],
    ),
  );
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [word, next] = [args[i] as string, args[i + 1]];
    if (word === '--') return [...joined, ...args.slice(i)];
    if (!takesValue.has(word) || next === undefined || !/^-(\d|\.\d|nan|inf)/i.test(next)) {
      joined.push(word);
      continue;
    }
    joined.push(word.startsWith('--') ? `${word}=${next}` : `${word}${next}`);
    i += 1;
  }
  return joined;
}
