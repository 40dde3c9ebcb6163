import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** Runs a module in a Node of its own, as whoever renders pages on a server does: what is built, and no page. */
function onServer(code: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
}

it('all entries are imported, the element is defined, and nothing happens; the component is an empty element', () => {
  const html = onServer(`
    import { createElement } from 'react';
    import { renderToString } from 'react-dom/server';
    import { AutodragEditor, defineAutodragEditor } from '@autodrag/editor';
    import { createWorkerSession } from '@autodrag/editor/session';
    import { Autodrag } from '@autodrag/editor/react';
    defineAutodragEditor();
    for (const one of [AutodragEditor, createWorkerSession]) if (typeof one !== 'function') throw new Error('nothing');
    const given = { seed: 7, backend: 'wasm', keep: 'page', className: 'wide', model: { name: 'Mine' } };
    process.stdout.write(renderToString(createElement(Autodrag, { ...given, onChange() {} })));`);
  expect(html).toBe('<autodrag-editor seed="7" backend="wasm" keep="page" class="wide"></autodrag-editor>');
});
