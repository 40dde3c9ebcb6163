import type { Picture } from '@autodrag/autodrag';

/** Everything is made by these, never from markup: pages that enforce Trusted Types can have an editor. */

type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Node[]
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      element.removeAttribute(name);
      continue;
    }
    const text = value === true ? '' : String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/** Lines of 24 × 24 icons. */
const paths = {
  drag: 'M5 19 L15 9 M9 9 H15 V15 M5 19 m-2 0 a2 2 0 1 0 4 0 a2 2 0 1 0 -4 0',
  anchor: 'M12 7 a2 2 0 1 0 0-4 a2 2 0 0 0 0 4 Z M12 7 V21 M5 13 a7 7 0 0 0 14 0 M8 11 H16',
  mask: 'M4 20 c3 0 4-1 4-3 a2 2 0 0 1 4 0 c0 2-2 3-8 3 Z M11 15 L20 4',
  erase: 'M8 20 H20 M5 15 L14 6 L19 11 L11 19 H8 L5 16 Z',
  undo: 'M9 7 L4 12 L9 17 M4 12 H14 a6 6 0 0 1 6 6',
  redo: 'M15 7 L20 12 L15 17 M20 12 H10 a6 6 0 0 0 -6 6',
  compare: 'M12 3 V21 M4 6 H9 V18 H4 Z M15 6 H20 V18 H15',
  eye: 'M2.5 12 C6 6 18 6 21.5 12 C18 18 6 18 2.5 12 Z M12 9.4 a2.6 2.6 0 1 0 0 5.2 a2.6 2.6 0 0 0 0-5.2 Z',
  in: 'M11 5 a6 6 0 1 0 0 12 a6 6 0 0 0 0-12 Z M16 16 L21 21 M8 11 H14 M11 8 V14',
  out: 'M11 5 a6 6 0 1 0 0 12 a6 6 0 0 0 0-12 Z M16 16 L21 21 M8 11 H14',
  fit: 'M4 9 V4 H9 M15 4 H20 V9 M20 15 V20 H15 M9 20 H4 V15',
  dice: 'M8 4 H16 a4 4 0 0 1 4 4 V16 a4 4 0 0 1 -4 4 H8 a4 4 0 0 1 -4 -4 V8 a4 4 0 0 1 4 -4 Z M8.6 8.6 h.8 M14.6 8.6 h.8 M11.6 12 h.8 M8.6 15.4 h.8 M14.6 15.4 h.8',
  play: 'M8 5 L19 12 L8 19 Z',
} as const;
export type IconName = keyof typeof paths;

export function icon(name: IconName): SVGSVGElement {
  const box = { viewBox: '0 0 24 24', width: 20, height: 20, 'aria-hidden': 'true', class: 'icon' };
  return svg('svg', box, svg('path', { d: paths[name] }));
}

export type ButtonOptions = {
  icon?: IconName;
  title?: string;
  primary?: boolean;
  toggle?: boolean;
  iconOnly?: boolean;
};

/**
 * A button that is never `disabled`: one that loses that state while it has the focus would lose the focus, too.
 * `enable` says by `aria-disabled` whether it does anything.
 */
export function button(label: string, onPress: () => void, options: ButtonOptions = {}): HTMLButtonElement {
  const element = h('button', {
    type: 'button',
    class: [options.primary ? 'primary' : '', options.iconOnly ? 'icon-only' : ''].join(' ').trim() || null,
    title: options.title ?? (options.iconOnly ? label : null),
    'aria-label': options.iconOnly ? label : null,
    'aria-pressed': options.toggle ? 'false' : null,
  });
  if (options.icon) element.append(icon(options.icon));
  if (!options.iconOnly) element.append(label);
  element.addEventListener('click', () => {
    if (element.getAttribute('aria-disabled') !== 'true') onPress();
  });
  return element;
}

export function enable(element: Element, enabled: boolean): void {
  setAttributes(element, { 'aria-disabled': enabled ? null : 'true' });
}

/** Whether it has the focus, within the editor. */
export function isFocused(element: HTMLElement): boolean {
  const root = element.getRootNode();
  return root instanceof ShadowRoot && root.activeElement === element;
}

/** A canvas with pixels on it, as large as they are. */
export function pixelCanvas({ width, height, data }: Pick<Picture, 'width' | 'height' | 'data'>): HTMLCanvasElement {
  const canvas = h('canvas', { width, height });
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}
