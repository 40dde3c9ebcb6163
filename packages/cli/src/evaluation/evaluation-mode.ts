import { UsageError, type Values } from '../command.js';

/** What `autodrag evaluate` does beside its own measurement; each is also the option that asks for it. */
export type EvaluationMode = 'recipe' | 'figures' | 'merge' | 'methods';

/** Options that every mode reads: of the model, of the domain, of what is written. */
const always = ['out', 'model', 'backend', 'domain', 'detector', 'json', 'verbose', 'quiet', 'help'];
const judged = ['judge', 'face-models'];

/** What each mode reads beside; an option that it does not read would be given in vain, for hours. */
const reads: Readonly<Record<EvaluationMode | 'default', readonly string[]>> = {
  recipe: ['drags', 'seed', 'points', 'variants', 'set', 'minutes'],
  figures: ['seed'],
  merge: judged,
  methods: ['drags', 'seed', 'points', 'steps', 'uclt', 'lpips', 'shard', ...judged],
  default: ['drags', 'local', 'calls', 'seed'],
};

/**
 * What the command line asks for.
 *
 * @throws UsageError for an option that goes with something else
 */
export function evaluationMode(values: Values): EvaluationMode | 'default' {
  const modes = ['recipe', 'figures', 'merge', 'methods'] as const;
  const mode = modes.find((name) => values[name] !== undefined && values[name] !== false) ?? 'default';
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === false || name === mode) continue;
    if (always.includes(name) || reads[mode].includes(name)) continue;
    const others = modes.filter((other) => reads[other].includes(name)).map((other) => `--${other}`);
    const goes = others.length > 0 ? `it goes with ${others.join(' or ')}` : 'it asks for something else';
    throw new UsageError(
      `evaluate: --${name}: ${goes}, and ${mode === 'default' ? 'that is not asked for' : `not with --${mode}`}. Leave it out.`,
    );
  }
  return mode;
}
