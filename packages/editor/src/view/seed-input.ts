import { h, isFocused } from './dom.js';

export const seedRule = `A seed is a whole number from 0 to ${2 ** 32 - 1}.`;

/** @returns null where the text is no seed */
export function readSeed(text: string | null): number | null {
  return text !== null && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 ? Number(text) : null;
}

/** A field for a seed. What is none stays there to be mended, and is said. */
export function createSeedInput(
  label: string,
  { seed, say }: { seed(seed: number): void; say(status: string): void },
): HTMLInputElement {
  const input = h('input', { type: 'number', min: 0, max: 2 ** 32 - 1, step: 1, 'aria-label': label });
  input.addEventListener('change', () => {
    const value = readSeed(input.value);
    if (value !== null) return seed(value);
    input.setCustomValidity(seedRule);
    input.reportValidity();
    say(seedRule);
  });
  input.addEventListener('input', () => input.setCustomValidity(''));
  return input;
}

/** Shows a seed, unless someone types another one, or what was typed is none. */
export function showSeed(input: HTMLInputElement, seed: number): void {
  if (!isFocused(input) && input.validity.valid) input.value = String(seed);
}
