import {
  createElement,
  type ForwardRefExoticComponent,
  forwardRef,
  type HTMLAttributes,
  type RefAttributes,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
} from 'react';
import type { AutodragEditor } from './element.js';
import type { EditorSession, ModelSource } from './session/editor-session.js';
import type { EditorState } from './state/state.js';

export type AutodragProps = Omit<HTMLAttributes<HTMLElement>, 'onChange' | 'onError'> & {
  seed?: number;
  backend?: 'webgpu' | 'webgl' | 'wasm';
  /** A folder with another model's files. */
  baseUrl?: string;
  /** A name under which the history survives a reload. Read when the element comes into the page. */
  keep?: string;
  /** The page's address, after `#`, holds the picture. */
  link?: boolean;
  /** Another one, told by its files and addresses and not by the object, is opened in the place of the one before. */
  model?: ModelSource;
  /** Computes elsewhere than in the package's own worker. Read when the element comes into the page. */
  session?: EditorSession;
  /** Read when the element comes into the page. */
  createWorker?: () => Worker;
  onChange?: (state: EditorState) => void;
  onError?: (error: Error) => void;
};

/** `<autodrag-editor>` as a React component; its `ref` is the element. Rendered on a server, it is an empty one. */
export const Autodrag: ForwardRefExoticComponent<AutodragProps & RefAttributes<AutodragEditor>> = forwardRef<
  AutodragEditor,
  AutodragProps
>(function Autodrag({ baseUrl, model, session, createWorker, link, className, onChange, onError, ...attributes }, ref) {
  const host = useRef<AutodragEditor | null>(null);
  const latest = useRef({ onChange, onError });
  latest.current = { onChange, onError };
  const first = useRef({ ...(model ? { model } : {}), ...(session ? { session } : {}), createWorker });
  // at once: an element that is defined already starts right after it has come into the page
  const attach = useCallback((element: HTMLElement | null) => {
    host.current = element as AutodragEditor | null;
    if (element) Object.assign(element, first.current);
  }, []);
  useImperativeHandle(ref, () => host.current as AutodragEditor, []);
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
  useModel(host, model, (error) => latest.current.onError?.(error));
  // a name that every version of React puts into an attribute, and a value that none takes for a text
  const plain = { class: className, link: link ? '' : undefined, 'base-url': baseUrl };
  return createElement('autodrag-editor', { ...attributes, ...plain, ref: attach });
});

const parts = ['name', 'generator', 'regularizer', 'predictor', 'baseUrl'] as const;

/** Opens a model that takes the place of the one before. */
function useModel(
  host: { readonly current: AutodragEditor | null },
  model: ModelSource | undefined,
  failed: (error: Error) => void,
): void {
  const opened = useRef(model);
  useEffect(() => {
    const before = opened.current;
    opened.current = model;
    const element = host.current;
    if (!element || parts.every((part) => before?.[part] === model?.[part])) return;
    if (element.openModel) element.openModel(model ?? {}).catch(failed);
    else Object.assign(element, { model: model ?? {} }); // its program is not there yet
  });
}
