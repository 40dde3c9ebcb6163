import type { EditorSession } from './editor-session.js';
import { type Port, type Request, requestNames, sendError } from './port.js';

/**
 * Answers the requests of a `createRemoteSession` at the other end of a port by a session that is here.
 *
 * @returns a function that ends the service, and leaves the session as it is
 */
export function serveSession(session: EditorSession, port: Port): () => void {
  const running = new Map<number, AbortController>();
  const unsubscribe = session.subscribe((event) => port.postMessage({ kind: 'event', event }));
  const hear = async ({ data }: MessageEvent) => {
    const request = data as Request;
    if (request.kind === 'abort') {
      running.get(request.id)?.abort();
      return;
    }
    if (request.kind === 'dispose') return session.dispose();
    if (request.kind !== 'request') return;
    const { id, name, argument } = request;
    const controller = new AbortController();
    running.set(id, controller);
    try {
      if (!requestNames.includes(name)) throw new Error(`serveSession: there is no request '${String(name)}'`);
      const call = session[name] as (argument: unknown, options: { signal: AbortSignal }) => Promise<unknown>;
      const value = await call(argument, { signal: controller.signal });
      if (running.has(id)) port.postMessage({ kind: 'result', id, value });
    } catch (error) {
      port.postMessage({ kind: 'error', id, error: sendError(error) });
    } finally {
      running.delete(id);
    }
  };
  port.addEventListener('message', hear);
  port.start?.();
  return () => {
    unsubscribe();
    port.removeEventListener('message', hear);
    for (const controller of running.values()) controller.abort();
    running.clear();
  };
}
