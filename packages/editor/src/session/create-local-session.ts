import { createModelHolder } from './create-model-holder.js';
import { createModelWork } from './create-model-work.js';
import { createOpenCode } from './create-open-code.js';
import { createQueue } from './create-queue.js';
import type { EditorSession, SessionEvent } from './editor-session.js';

/** A session that computes in this thread: in a worker by `serveSession`, or in the page itself. */
export function createLocalSession(): EditorSession {
  const listeners = new Set<(event: SessionEvent) => void>();
  const emit = (event: SessionEvent) => {
    for (const listener of listeners) listener(event);
  };
  const queue = createQueue();
  const open = createOpenCode();
  const alone = (work: () => Promise<unknown>) => void queue.run({}, work).catch(() => {});
  const model = createModelHolder({ emit, close: open.close, alone });
  const work = createModelWork(open, emit);
  let latest = 0; // of the previews that were asked for

  return {
    start: (options = {}, call = {}) => queue.run(call, async () => (await model.load(options, call.signal)).info()),
    sample: (request, call = {}) => queue.run(call, () => model.use((now) => work.sample(request, now))),
    render: (w, call = {}) => queue.run(call, () => model.use((now) => work.render(w, now))),
    preview(request, call = {}) {
      const mine = ++latest;
      return queue.run(call, () =>
        model.use(async (now) => {
          if (mine !== latest || now.info().maxPoints === 0) return null;
          return work.preview(request, now, call.signal);
        }),
      );
    },
    async drag(request, call = {}) {
      latest++; // previews that wait are of no more use
      await model.now()?.full; // not in the queue: new pictures need no predictor
      return queue.run(call, () => model.use((now) => work.drag(request, now, call.signal)));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    dispose() {
      listeners.clear();
      queue.end(model.dispose);
    },
  };
}
