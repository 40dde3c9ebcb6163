import { printable, quote } from '@autodrag/nn';

/** What was got, for messages: `(12, NaN)`, `'7'`, `a list`. Never throws, whatever a caller hands over. */
export function describe(value: unknown): string {
  try {
    if (typeof value === 'string') return quote(value, { longest: 40 });
    if (typeof value === 'function') return 'a function';
    if (typeof value !== 'object' || value === null) return String(value);
    if (Array.isArray(value)) return 'a list';
    if ('x' in value && 'y' in value) return `(${coordinate(value.x)}, ${coordinate(value.y)})`;
    const kind = value.constructor?.name;
    return typeof kind === 'string' && kind ? `an object (${printable(kind, { longest: 40 })})` : 'an object';
  } catch {
    return 'an object that cannot be read';
  }
}

function coordinate(value: unknown): string {
  return typeof value === 'number' ? String(value) : describe(value);
}
