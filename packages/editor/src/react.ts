import { createElement, type HTMLAttributes, type ReactElement, useCallback, useEffect, useRef } from 'react';
import type { EditorSession, ModelSource } from './session/editor-session.js';
import type { EditorState } from './state/state.js';

export type AutodragProps = Omit<HTMLAttributes<HTMLElement>, 'onChange' | 'onError'> & {
  seed?: number;
  backend?: 'webgpu' | 'webgl' | 'wasm';
  /** A folder with another model's files. */
  baseUrl?: string;
  /** A name under which the history survives a reload. */
  keep?: string;
  model?: ModelSource;
  /** Computes elsewhere than in the package's own worker. */
  session?: EditorSession;
  createWorker?: () => Worker;
  onChange?: (state: EditorState) => void;
  onError?: (error: Error) => void;
};

/** `<autodrag-editor>` as a React component. Rendered on a server, it is an empty element. */
export function Autodrag({
  baseUrl,
  model,
  session,
  createWorker,
  onChange,
  onError,
  ...attributes
}: AutodragProps): ReactElement {
  const host = useRef<HTMLElement>(null);
  const latest = useRef({ onChange, onError });
  latest.current = { onChange, onError };
  const first = useRef({ ...(model ? { model } : {}), ...(session ? { session } : {}), createWorker });
  // at once: an element that is defined already starts right after it has come into the page
  const attach = useCallback((element: HTMLElement | null) => {
    host.current = element;
    if (element) Object.assign(element, first.current);
  }, []);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const change = (event: Event) => latest.current.onChange?.((event as CustomEvent<EditorState>).detail);
    const error = (event: Event) => latest.current.onError?.((event as CustomEvent<Error>).detail);
    element.addEventListener('autodrag-change', change);
    element.addEventListener('autodrag-error', error);
    void import('./index.js').then(({ defineAutodragEditor }) => defineAutodragEditor());
    return () => {
      element.removeEventListener('autodrag-change', change);
      element.removeEventListener('autodrag-error', error);
    };
  }, []);
  return createElement('autodrag-editor', { ...attributes, ref: attach, 'base-url': baseUrl });
}
