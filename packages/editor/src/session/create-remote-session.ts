import type { CallOptions, EditorSession, SessionEvent } from './editor-session.js';
import { type Answer, type Port, type RequestName, receiveError, requestNames } from './port.js';

export type RemoteSessionOptions = {
  /** Called once, when the session is disposed: to end a worker, for example. */
  onDispose?: () => void;
};

/**
 * A session that computes at the other end of a port, where `serveSession` answers.
 *
 * @returns the session; its `fail` is called when the other end has died
 * @throws AbortError from requests that are aborted: at once, whatever the other end is busy with
 */
export function createRemoteSession(
  port: Port,
  { onDispose }: RemoteSessionOptions = {},
): EditorSession & { fail(reason: Error): void } {
  type Waiting = { resolve(value: unknown): void; reject(reason: unknown): void };
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(event: SessionEvent) => void>();
  let next = 1;
  let ended: Error | null = null;

  const hear = ({ data }: MessageEvent) => {
    const answer = data as Answer;
    if (answer.kind === 'event') {
      for (const listener of listeners) listener(answer.event as SessionEvent);
      return;
    }
    const one = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.kind === 'result') one?.resolve(answer.value);
    else one?.reject(receiveError(answer.error));
  };
  port.addEventListener('message', hear);
  port.start?.();

  const ask = (name: RequestName, argument: unknown, { signal }: CallOptions = {}) =>
    new Promise<unknown>((resolve, reject) => {
      if (ended) return reject(ended);
      if (signal?.aborted) return reject(signal.reason);
      const id = next++;
      const stop = () => {
        waiting.delete(id);
        port.postMessage({ kind: 'abort', id });
        reject(signal?.reason);
      };
      const settle = () => signal?.removeEventListener('abort', stop);
      signal?.addEventListener('abort', stop, { once: true });
      waiting.set(id, {
        resolve: (value) => {
          settle();
          resolve(value);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      });
      port.postMessage({ kind: 'request', id, name, argument });
    });

  const end = (reason: Error) => {
    if (ended) return;
    ended = reason;
    port.removeEventListener('message', hear);
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
    onDispose?.();
  };
  const requests = Object.fromEntries(
    requestNames.map((name) => [name, (argument: unknown, call?: CallOptions) => ask(name, argument, call)]),
  ) as unknown as Pick<EditorSession, RequestName>;
  return {
    ...requests,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    fail(reason) {
      if (ended) return;
      end(reason);
      for (const listener of listeners) listener({ type: 'ended', reason: reason.message });
    },
    dispose() {
      if (!ended) port.postMessage({ kind: 'dispose' });
      end(new DOMException('the session is disposed', 'AbortError'));
    },
  };
}
