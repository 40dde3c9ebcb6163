/** What both ends of a session talk through: a `MessagePort`, a `Worker`, or a wrapper of a socket. */
export type Port = {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  start?(): void;
};

export const requestNames = ['start', 'sample', 'render', 'preview', 'drag'] as const;
export type RequestName = (typeof requestNames)[number];

/** From the page. */
export type Request =
  | { readonly kind: 'request'; readonly id: number; readonly name: RequestName; readonly argument: unknown }
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'dispose' };

/** To the page. */
export type Answer =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: SentError }
  | { readonly kind: 'event'; readonly event: unknown };

/** An error as it crosses: `structuredClone` would keep neither the class nor the code. */
export type SentError = { readonly name: string; readonly message: string; readonly code?: string };

export function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, code } = error as Error & { code?: unknown };
  return { name, message, ...(typeof code === 'string' ? { code } : {}) };
}

export function receiveError({ name, message, code }: SentError): Error {
  const error = name === 'AbortError' ? new DOMException(message, name) : new Error(message);
  if (!(error instanceof DOMException)) {
    error.name = name;
    if (code) Object.assign(error, { code });
  }
  return error;
}
