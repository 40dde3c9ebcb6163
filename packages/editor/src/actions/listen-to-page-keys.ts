/** Editors that are in a page now. */
const editors = new Set<HTMLElement>();

/**
 * Hears keys that are pressed where nothing has the focus, as after a page has loaded: they mean the only editor there
 * is, if it is to be seen.
 *
 * @param signal ends it
 */
export function listenToPageKeys(editor: HTMLElement, hear: (event: KeyboardEvent) => void, signal: AbortSignal): void {
  editors.add(editor);
  signal.addEventListener('abort', () => editors.delete(editor));
  const listen = (event: KeyboardEvent) => {
    if (event.target !== document.body || event.defaultPrevented || editors.size !== 1) return;
    if (isSeen(editor) && !isInert(editor)) hear(event);
  };
  document.addEventListener('keydown', listen, { signal });
}

/** Whether the page has switched it off, by itself or under a dialog. */
function isInert(element: Element): boolean {
  const dialog = document.querySelector('dialog:modal');
  return element.closest('[inert]') !== null || (dialog !== null && !dialog.contains(element));
}

/** Whether a part of it lies in the window. */
function isSeen(element: HTMLElement): boolean {
  const { top, bottom, left, right } = element.getBoundingClientRect();
  return bottom > 0 && right > 0 && top < innerHeight && left < innerWidth && bottom > top;
}
