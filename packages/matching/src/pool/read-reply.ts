import type { Reply } from './pool-state.js';

/**
 * What a worker's message says. A worker may be anyone's, so nothing is taken for granted.
 *
 * @param readResult checks a job's result, and throws if it is none
 */
export function readReply<Result>(message: unknown, readResult: (value: unknown) => Result): Reply<Result> {
  try {
    if (typeof message !== 'object' || message === null || !('id' in message)) return garbage(message);
    const { id } = message;
    if ('result' in message) return { kind: 'result', job: id, result: readResult(message.result) };
    if ('error' in message && typeof message.error === 'object' && message.error !== null) {
      const { message: text } = message.error as { message?: unknown };
      if (typeof text !== 'string') return garbage(message);
      return { kind: 'error', job: id, message: text, fatal: 'fatal' in message && message.fatal === true };
    }
    return garbage(message);
  } catch (error) {
    return { kind: 'garbage', what: error instanceof Error ? error.message : 'something unreadable' };
  }
}

function garbage(message: unknown): { kind: 'garbage'; what: string } {
  if (typeof message !== 'object' || message === null) return { kind: 'garbage', what: String(message).slice(0, 80) };
  const keys = Object.keys(message).slice(0, 6).join(', ');
  return { kind: 'garbage', what: Array.isArray(message) ? 'a list' : `an object of { ${keys} }` };
}
