import type { Picture } from '@autodrag/autodrag';
import { expect, test, vi } from 'vitest';
import type { DragRequest, EditorSession } from '../session/editor-session.js';
import type { EditorEvent, PreviewRequest } from '../state/state.js';
import { createPreviews } from './run-preview.js';

const picture: Picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
const of = (name: string) =>
  ({
    document: { frame: { w: Float32Array.of(1), picture }, anchors: [], mask: [] },
    points: [],
    name,
  }) as unknown as PreviewRequest;

/** Previews by a session that gives drafts where it may; tells what was asked for and what was shown. */
function start(isSlow: boolean) {
  const asked: (boolean | undefined)[] = [];
  const shown: unknown[] = [];
  const preview = async ({ draft }: DragRequest) => {
    asked.push(draft);
    return { ...picture, draft: isSlow && draft === true };
  };
  const run = createPreviews({
    session: async () => ({ preview }) as unknown as EditorSession,
    send: (event: EditorEvent) => shown.push('of' in event && (event.of as unknown as { name: string }).name),
    ...{ show: vi.fn(), before: () => null, start: vi.fn(), keep: vi.fn() },
  });
  return { run, asked, shown };
}

test('a whole preview is all', async () => {
  const { run, asked } = start(false);
  await run(of('a'));
  expect(asked).toEqual([true]);
});

test('a draft is followed by a whole one, unless the pointer has gone on', async () => {
  const { run, asked, shown } = start(true);
  await Promise.all([run(of('a')), run(of('b'))]);
  expect(asked).toEqual([true, true, false]);
  expect(shown).toEqual(['a', 'b', 'b']);
});
