import type { Settings } from './training-types.js';

/**
 * What differs, a text for each setting: `learningRate: 0.001 in the checkpoint, 0.002 now`. Nested ones have dotted
 * names. A setting that `before` does not name counts as its default: it was not there when that was written.
 */
export function settingsDifference(before: Settings, now: Settings, defaults: Settings = {}): string[] {
  const old = leaves({ ...defaults, ...before });
  const current = leaves(now);
  const names = [...new Set([...current.keys(), ...old.keys()])];
  return names
    .filter((name) => old.get(name) !== current.get(name))
    .map((name) => `${name}: ${old.get(name) ?? 'nothing'} in the checkpoint, ${current.get(name) ?? 'nothing'} now`);
}

/** Dotted name → JSON of every value that is no object. */
function leaves(settings: Settings): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: string) => {
    if (typeof value === 'object' && value !== null) {
      const children = Object.entries(value);
      if (children.length === 0) found.set(path, Array.isArray(value) ? '[]' : '{}');
      for (const [name, child] of children) walk(child, path === '' ? name : `${path}.${name}`);
    } else if (value !== undefined) {
      found.set(path, JSON.stringify(value));
    }
  };
  walk(settings, '');
  return found;
}
