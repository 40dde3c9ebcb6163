import type { EditorEvent, EditorState } from '../state/state.js';

/** What a key means anywhere in the editor; null where it means nothing, or where it is typed into a field. */
export function eventOfKey(event: KeyboardEvent, { radius, view }: EditorState): EditorEvent | null {
  const target = event.composedPath()[0];
  const command = event.ctrlKey || event.metaKey;
  const key = nameOf(event);
  if (key === 'escape') return { type: 'cancel' };
  if (isTypedInto(target)) return null;
  if (command) {
    if (key === 'z') return { type: event.shiftKey ? 'redo' : 'undo' };
    return key === 'y' ? { type: 'redo' } : null;
  }
  if (event.altKey || target instanceof HTMLSelectElement) return null;
  switch (key) {
    case 'v':
      return { type: 'tool', tool: 'drag' };
    case 'a':
      return { type: 'tool', tool: 'anchor' };
    case 'b':
      return { type: 'tool', tool: 'mask' };
    case 'e':
      return { type: 'tool', tool: 'erase' };
    case '[':
      return { type: 'radius', radius: radius - 2 };
    case ']':
      return { type: 'radius', radius: radius + 2 };
    case '+':
    case '=':
      return { type: 'zoom', factor: 1.5, about: view };
    case '-':
      return { type: 'zoom', factor: 1 / 1.5, about: view };
    case '0':
      return { type: 'fit' };
    default:
      return null;
  }
}

/** By its letter; where an alphabet has others, by its place: undo is where it always was. */
function nameOf({ key, code }: KeyboardEvent): string {
  const other = key.length === 1 && key > '\u007f' && /^Key[A-Z]$/.test(code);
  return (other ? code.slice(3) : key).toLowerCase();
}

const pressed = ['range', 'checkbox', 'radio', 'button', 'submit', 'reset', 'file', 'color', 'image'];

/** A field of the panel, or one that a page has put into it. */
function isTypedInto(target: EventTarget | undefined): boolean {
  if (target instanceof HTMLInputElement) return !pressed.includes(target.type);
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable);
}
