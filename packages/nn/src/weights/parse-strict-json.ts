import { WeightFileError } from '../errors/errors.js';

/** JSON with objects as maps, so that no key is special. */
export type Json = null | boolean | number | string | Json[] | Map<string, Json>;

/**
 * Parses JSON that somebody else wrote: unlike `JSON.parse` it refuses duplicate names, and nesting beyond `maxDepth`.
 *
 * @param where put in front of messages
 * @throws WeightFileError
 */
export function parseStrictJson(text: string, where: string, maxDepth = 8): Json {
  let at = 0;

  const fail = (what: string): never => {
    throw new WeightFileError(
      `${where}: the header is no valid JSON: ${what} at character ${at}. Export the file again.`,
    );
  };
  const skipSpace = () => {
    while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++;
  };
  const expectText = (token: string) => {
    if (!text.startsWith(token, at)) fail(`expected '${token}'`);
    at += token.length;
  };
  const string = (): string => {
    const start = at;
    expectText('"');
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    expectText('"');
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      at = start;
      return fail('a malformed string');
    }
  };
  const number = (): number => {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return fail('an unexpected character');
    at += match[0].length;
    return Number(match[0]);
  };
  const value = (depth: number): Json => {
    if (depth > maxDepth) fail('nested too deep');
    skipSpace();
    switch (text[at]) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        expectText('true');
        return true;
      case 'f':
        expectText('false');
        return false;
      case 'n':
        expectText('null');
        return null;
      default:
        return number();
    }
  };
  const object = (depth: number): Map<string, Json> => {
    const result = new Map<string, Json>();
    expectText('{');
    skipSpace();
    if (text[at] === '}') {
      at++;
      return result;
    }
    for (;;) {
      skipSpace();
      const key = string();
      if (result.has(key)) fail(`the name ${JSON.stringify(key.slice(0, 100))} occurs twice`);
      skipSpace();
      expectText(':');
      result.set(key, value(depth + 1));
      skipSpace();
      if (text[at] === ',') {
        at++;
        continue;
      }
      expectText('}');
      return result;
    }
  };
  const array = (depth: number): Json[] => {
    const result: Json[] = [];
    expectText('[');
    skipSpace();
    if (text[at] === ']') {
      at++;
      return result;
    }
    for (;;) {
      result.push(value(depth + 1));
      skipSpace();
      if (text[at] === ',') {
        at++;
        continue;
      }
      expectText(']');
      return result;
    }
  };

  const result = value(0);
  skipSpace();
  if (at !== text.length) fail('something follows the end');
  return result;
}
