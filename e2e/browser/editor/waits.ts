import type { AutodragEditor } from '@autodrag/editor';

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How a page's own script waits for an editor, at most so long. */
export function waits(seconds: number) {
  const until = async (met: () => unknown) => {
    const end = performance.now() + 1000 * seconds;
    while (!met()) {
      if (performance.now() > end) throw new Error(`not within ${seconds} s: ${met}`);
      await pause(5);
    }
  };
  const ready = (editor: AutodragEditor) => until(() => editor.state?.phase === 'ready' && editor.state.document);
  return { until, ready };
}
