/**
 * Errors for people: what happened and what to do. The console has the rest.
 */
export function plainWords(error: unknown): string {
  console.error(error);
  const { message: text, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  const message = typeof text === 'string' && text ? text : typeof error === 'string' ? error : 'Something failed.';
  if (/out of memory|allocation failed|memory access|array buffer allocation/i.test(message)) {
    return 'The device has run out of memory. Close other tabs, or choose another backend in the model panel. Nothing is lost.';
  }
  if (/failed to fetch|cannot be fetched|networkerror|connection|load failed/i.test(message)) {
    return typeof navigator !== 'undefined' && navigator.onLine === false
      ? 'The page is offline, and this file is not kept here yet. Try again when there is a connection.'
      : `A file could not be loaded. Check the connection and try again. (${withoutCaller(message).slice(0, 200)})`;
  }
  if (/\b(404|410)\b/.test(message))
    return `A file is missing on the server. (${withoutCaller(message).slice(0, 200)})`;
  if (code === 'MODEL' || code === 'WEIGHT_FILE' || String(code).startsWith('CHECKPOINT')) {
    return `This file cannot be used as a model. ${withoutCaller(message).slice(0, 300)}`;
  }
  return withoutCaller(message);
}

/**
 * Without the names of functions (`loadAutodrag: generator: …`) and the folders of addresses, which help developers.
 */
function withoutCaller(message: string): string {
  const plain = message
    .replace(/^(?:[a-z]\w*(?:\(\))?(?:\[\d+\])?(?:\.\w+)?: )+/, '')
    .replace(/\b[a-z]+[A-Z]\w*: /g, '')
    .replace(/'(?:https?|blob):[^']*\/([^'/]+)'/g, "'$1'")
    .replace(/\bhttps?:\/\/[^\s'";)]*\/([^\s'";)/]+)/g, "'$1'");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
