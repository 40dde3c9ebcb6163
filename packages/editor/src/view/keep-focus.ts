/**
 * Draws, and gives the focus to the stage if what had it is gone or hidden after that: keys would else speak to the
 * page's body, and nothing would hear them.
 */
export function keepFocus(stage: HTMLElement, draw: () => void): void {
  const root = stage.getRootNode();
  const before = root instanceof ShadowRoot ? root.activeElement : null;
  draw();
  // not asked of the stage, which never goes: the answer takes a calculation of all styles
  if (before && before !== stage && !before.checkVisibility({ visibilityProperty: true }))
    stage.focus({ preventScroll: true });
}
