import type { Autodrag, Picture, Session } from '@autodrag/autodrag';

/** The one code whose features are kept, as the next drag mostly starts where the last one ended. */
export type OpenCode = {
  /** A session at this code: the open one, or another in its place. */
  at(autodrag: Autodrag, w: Float32Array): Promise<Session>;
  /** The session that is open has gone on to this code. */
  moved(w: Float32Array): void;
  /** A picture alone, as a drag gives it, bit by bit. What is open stays open. */
  paint(autodrag: Autodrag, w: Float32Array): Promise<Picture>;
  close(): void;
};

export function createOpenCode(): OpenCode {
  let open: { of: Autodrag; w: Float32Array; session: Session } | null = null;
  const close = () => {
    open?.session.dispose();
    open = null;
  };
  return {
    close,
    async at(autodrag, w) {
      if (open?.of === autodrag && same(open.w, w)) return open.session;
      const session = await autodrag.open(w);
      close();
      open = { of: autodrag, w: w.slice(), session };
      return session;
    },
    moved(w) {
      if (open) open.w = w.slice();
    },
    async paint(autodrag, w) {
      if (open && same(open.w, w)) return open.session.image;
      const session = await autodrag.open(w);
      const { image } = session;
      session.dispose();
      return image;
    },
  };
}

function same(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
