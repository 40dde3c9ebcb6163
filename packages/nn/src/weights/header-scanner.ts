import { WeightFileError } from '../errors/errors.js';
import { printable } from '../errors/printable.js';

const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Writers fill headers up to the next page, not more. */
const MOST_SPACES = 1 << 20;

/**
 * Reads JSON token by token from bytes, so that its caller decides what may come next and nothing is built that it did
 * not ask for. Strings are bounded before they are made.
 */
export class HeaderScanner {
  position = 0;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(
    private readonly bytes: Uint8Array,
    private readonly where: string,
  ) {}

  /** The next byte that is no white space, or -1 at the end. It is not taken. */
  peek(): number {
    const stop = Math.min(this.bytes.length, this.position + MOST_SPACES);
    for (; this.position < stop; this.position++) {
      const byte = this.bytes[this.position]!;
      if (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB) return byte;
    }
    if (stop < this.bytes.length) this.fail(`more than ${MOST_SPACES} bytes of white space`);
    return -1;
  }

  /** Takes this character if it comes next. */
  accept(character: string): boolean {
    if (this.peek() !== character.charCodeAt(0)) return false;
    this.position++;
    return true;
  }

  expect(character: string): void {
    if (!this.accept(character)) this.fail(`expected '${character}'`);
  }

  /** A string of at most so many bytes; `what` names it in messages. */
  string(longest: number, what: string): string {
    this.expect('"');
    const start = this.position;
    const stop = Math.min(this.bytes.length, start + longest + 1);
    let escaped = false;
    let at = start;
    while (at < stop && this.bytes[at] !== QUOTE) {
      if (this.bytes[at] === BACKSLASH) {
        escaped = true;
        at++;
      }
      at++;
    }
    if (at >= stop || this.bytes[at] !== QUOTE) {
      if (at >= this.bytes.length) {
        this.decode(start, this.bytes.length, false); // where it broke off may be no text at all
        return this.fail('a string without an end');
      }
      this.error(`${what} is longer than ${longest} bytes`, 'Check that the file is a safetensors file.');
    }
    this.position = at + 1;
    return this.decode(start, at, escaped);
  }

  /** A non-negative integer up to 2^53 − 1, or null where something else stands; that is not taken. */
  integer(): number | null {
    this.peek();
    let value = 0;
    let at = this.position;
    for (; at < this.bytes.length && at - this.position <= 16; at++) {
      const digit = this.bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = at - this.position;
    const next = this.bytes[at] ?? 0;
    const goesOn = next === 0x2e || next === 0x65 || next === 0x45; // a fraction or an exponent
    if (digits === 0 || goesOn || !Number.isSafeInteger(value)) return null;
    if (digits > 1 && this.bytes[this.position] === 0x30) return null;
    this.position = at;
    return value;
  }

  /** A list of at most so many non-negative integers, or null where something else stands. */
  integers(most: number): number[] | null {
    if (!this.accept('[')) return null;
    const result: number[] = [];
    if (this.accept(']')) return result;
    for (;;) {
      const value = this.integer();
      if (value === null || result.length === most) return null;
      result.push(value);
      if (this.accept(']')) return result;
      if (!this.accept(',')) return null;
    }
  }

  /** The JSON is not well formed. */
  fail(what: string): never {
    return this.error(`the header is no valid JSON: ${what} at byte ${this.position}`, 'Export the file again.');
  }

  error(what: string, wayOut: string): never {
    throw new WeightFileError(`${this.where}: ${what}. ${wayOut}`);
  }

  private decode(start: number, end: number, escaped: boolean): string {
    let text: string;
    try {
      // With its quotes where JSON.parse is to see it: a long text is not to be copied once more.
      text = this.decoder.decode(escaped ? this.bytes.subarray(start - 1, end + 1) : this.bytes.subarray(start, end));
    } catch {
      return this.error('the header is no valid UTF-8', 'Check that the file is a safetensors file.');
    }
    if (!escaped) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these
      if (/[\x00-\x1f]/.test(text)) this.fail('a malformed string');
      return text;
    }
    try {
      text = JSON.parse(text) as string;
    } catch {
      return this.fail(`a malformed string "${printable(text, { longest: 20 })}"`);
    }
    if (/\p{Cs}/u.test(text)) this.fail('half a surrogate pair');
    return text;
  }
}
