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
  const listeners = new Set<(event: SessionEvent) => void>();
  const { ask, settle, endAll } = createRequests(port);
  let ended: Error | null = null;

  const hear = ({ data }: MessageEvent) => {
    const answer = data as Answer;
    if (answer.kind !== 'event') return settle(answer);
    for (const listener of listeners) listener(answer.event as SessionEvent);
  };
  port.addEventListener('message', hear);
  port.start?.();

  const end = (reason: Error) => {
    if (ended) return;
    ended = reason;
    port.removeEventListener('message', hear);
    endAll(reason);
    onDispose?.();
  };
  const request = (name: RequestName) => (argument: unknown, call?: CallOptions) =>
    ended ? Promise.reject(ended) : ask(name, argument, call);
  const requests = Object.fromEntries(requestNames.map((name) => [name, request(name)]));
  return {
    ...(requests as unknown as Pick<EditorSession, RequestName>),
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

type Settled = Exclude<Answer, { kind: 'event' }>;

/** Requests that went through a port, each until its answer comes, it is aborted, or the other end is no more. */
function createRequests(port: Port) {
  type Waiting = { resolve(value: unknown): void; reject(reason: unknown): void };
  const waiting = new Map<number, Waiting>();
  let next = 1;
  return {
    async ask(name: RequestName, argument: unknown, { signal }: CallOptions = {}): Promise<unknown> {
      signal?.throwIfAborted();
      const id = next++;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      const stop = () => {
        waiting.get(id)?.reject(signal?.reason);
        port.postMessage({ kind: 'abort', id });
      };
      signal?.addEventListener('abort', stop, { once: true });
      try {
        port.postMessage({ kind: 'request', id, name, argument });
        return await answer;
      } finally {
        signal?.removeEventListener('abort', stop);
        waiting.delete(id);
      }
    },
    settle(answer: Settled): void {
      const one = waiting.get(answer.id);
      if (answer.kind === 'result') one?.resolve(answer.value);
      else one?.reject(receiveError(answer.error));
    },
    endAll(reason: Error): void {
      for (const { reject } of waiting.values()) reject(reason);
    },
  };
}
