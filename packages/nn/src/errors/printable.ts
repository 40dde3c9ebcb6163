/**
 * Controls, formats (bidi marks, zero widths, tags), lone surrogates, private and unassigned characters, separators.
 */
const UNPRINTABLE = /^[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const MARK = /^\p{M}/u;
/** Accents on one letter; more than scripts use would climb over the lines above. */
const MOST_MARKS = 3;

export type PrintableOptions = {
  /** Characters of the result, before the ellipsis that says that there was more. @default 80 */
  longest?: number;
  /** Leaves line feeds as they are: for texts of our own that hold foreign ones. @default false */
  lines?: boolean;
  /** Escapes as JSON does, so that JSON stays JSON: `\u009b`, and surrogate pairs. @default false */
  json?: boolean;
};

/**
 * A text of unknown origin (a name in a file, a file's name, somebody else's error) as it may be shown: on a terminal
 * it neither moves the cursor, nor changes the order of what stands around it, nor hides; and it ends. What cannot be
 * shown is escaped as JavaScript would write it: `\x1b`, `\u202e`, `\u{e0041}`.
 *
 * @param text anything; what is not a string is turned into one
 */
export function printable(text: unknown, { longest = 80, lines = false, json = false }: PrintableOptions = {}): string {
  const source = toText(text);
  let result = '';
  let marks = 0;
  for (let at = 0; at < source.length; ) {
    const code = source.codePointAt(at)!;
    const character = String.fromCodePoint(code);
    at += character.length;
    let shown = character;
    if (code < 0x20 || code > 0x7e) {
      marks = MARK.test(character) ? marks + 1 : 0;
      if (!(lines && character === '\n') && (UNPRINTABLE.test(character) || marks > MOST_MARKS))
        shown = json ? escapedForJson(character) : escaped(code);
    } else {
      marks = 0;
    }
    if (result.length + shown.length > longest) return `${result}…`;
    result += shown;
  }
  return result;
}

/** {@link printable}, between quotes: how messages quote what stands in a file. */
export function quote(text: unknown, options?: PrintableOptions): string {
  return `'${printable(text, options)}'`;
}

function escapedForJson(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `\\u${hex(character.charCodeAt(i)).padStart(4, '0')}`).join(
    '',
  );
}

function hex(code: number): string {
  return code.toString(16);
}

function escaped(code: number): string {
  const digits = hex(code);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}

function toText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value; // an object without a prototype, or whose toString throws
  }
}
