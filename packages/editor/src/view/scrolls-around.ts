/** Whether the page scrolls, or a part of it that the element is in: a finger there scrolls, and pulls no point. */
export function scrollsAround(element: Element): boolean {
  if (document.documentElement.scrollHeight > innerHeight + 1) return true;
  for (let one = parentOf(element); one; one = parentOf(one)) {
    const { scrollHeight, clientHeight } = one;
    if (scrollHeight > clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)) return true;
  }
  return false;
}

/** As the two are drawn: out of slots and shadow roots. */
function parentOf(element: Element): Element | null {
  if (element.assignedSlot) return element.assignedSlot;
  const { parentElement } = element;
  if (parentElement) return parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}
