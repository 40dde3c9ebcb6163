import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { initialState } from '../state/state.js';
import { eventOfKey } from './event-of-key.js';

class FakeElement {
  isContentEditable = false;
  constructor(readonly type = '') {}
}
class Input extends FakeElement {}
class Select extends FakeElement {}
class Area extends FakeElement {}

beforeEach(() => {
  vi.stubGlobal('HTMLElement', FakeElement);
  vi.stubGlobal('HTMLInputElement', Input);
  vi.stubGlobal('HTMLSelectElement', Select);
  vi.stubGlobal('HTMLTextAreaElement', Area);
});
afterEach(() => vi.unstubAllGlobals());

const press = (key: string, more: Partial<KeyboardEvent> = {}, on = new FakeElement()) =>
  eventOfKey({ key, code: '', composedPath: () => [on], ...more } as never as KeyboardEvent, initialState);

it.each<[string, Partial<KeyboardEvent>, unknown]>([
  ['z', { ctrlKey: true }, { type: 'undo' }],
  ['z', { metaKey: true }, { type: 'undo' }],
  ['Z', { ctrlKey: true, shiftKey: true }, { type: 'redo' }],
  ['y', { ctrlKey: true }, { type: 'redo' }],
  ['b', { ctrlKey: true }, null],
  ['b', { altKey: true }, null],
  ['B', {}, { type: 'tool', tool: 'mask' }],
  ['Escape', {}, { type: 'cancel' }],
  ['q', {}, null],
  // Cyrillic and Greek letters that lie where these lie
  ['я', { ctrlKey: true, code: 'KeyZ' }, { type: 'undo' }],
  ['ω', { code: 'KeyV' }, { type: 'tool', tool: 'drag' }],
  // the letter where it is another one's place
  ['z', { ctrlKey: true, code: 'KeyY' }, { type: 'undo' }],
])('%s, %o', (key, more, meant) => {
  expect(press(key, more)).toEqual(meant);
});

it('what is typed into a field is the field’s, but for Escape', () => {
  for (const field of [new Input('number'), new Input('text'), new Area()]) {
    expect(press('z', { ctrlKey: true }, field)).toBeNull();
    expect(press('b', {}, field)).toBeNull();
    expect(press('Escape', {}, field)).toEqual({ type: 'cancel' });
  }
  expect(press('z', { ctrlKey: true }, new Input('range'))).toEqual({ type: 'undo' });
  expect(press('w', {}, new Select())).toBeNull();
});
