import type { DragPoint, Picture, Point, Preview } from '@autodrag/autodrag';
import type { BackendName } from '@autodrag/browser';

/** Bytes, a `File`, or an address: whatever can be sent to a worker. */
export type SendableSource = Uint8Array | Blob | string;

/** Which model to edit with. Nothing: the avatars that come with the package. */
export type ModelSource = {
  /** For people. @default the file's name */
  readonly name?: string;
  /** A generator: a safetensors file of ours, or a StyleGAN2 checkpoint (`.pkl`, `.pt`), which is converted. */
  readonly generator?: SendableSource;
  readonly regularizer?: SendableSource;
  readonly predictor?: SendableSource;
  /** A folder with `generator.safetensors`, `regularizer.safetensors` and `predictor.safetensors`. */
  readonly baseUrl?: string;
};

export type StartOptions = {
  readonly model?: ModelSource;
  /** Tried first; the fastest real one of the machine otherwise. */
  readonly backend?: BackendName;
};

/**
 * What is known of the model and of what computes. It changes when the predictor arrives, and when a backend is lost.
 */
export type SessionInfo = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly numWs: number;
  readonly wDim: number;
  /** Points and anchors that one drag may have; 0 where there is no predictor (yet). */
  readonly maxPoints: number;
  /** Whether a predictor is still on its way. */
  readonly predictorPending: boolean;
  readonly parameters: number;
  /** Bytes that tensors take on the backend now: weights, and features of the current picture. */
  readonly memoryBytes: number;
  readonly backend: BackendName;
  readonly device: string;
  readonly threads: number;
  /** Sentences about what an import had to guess. */
  readonly warnings: readonly string[];
};

export type SessionEvent =
  | {
      readonly type: 'progress';
      readonly file: string;
      readonly loadedBytes: number;
      readonly totalBytes: number | null;
    }
  | { readonly type: 'info'; readonly info: SessionInfo }
  /** A step of a drag that is watched. */
  | { readonly type: 'step'; readonly watch: string; readonly step: number; readonly steps: number }
  /** The predictor could not be had; pictures can still be shown. */
  | { readonly type: 'no-predictor'; readonly message: string }
  /** The graphics processor was taken away, and the session goes on elsewhere. */
  | { readonly type: 'lost'; readonly reason: string }
  /** What computes has died (a worker, out of memory). Another session has to take its place. */
  | { readonly type: 'ended'; readonly reason: string };

/** A code, `[numWs * wDim]`, with its picture. */
export type CodedPicture = { readonly w: Float32Array; readonly picture: Picture };

export type SampleRequest = {
  readonly seed: number;
  /** Truncation: 1 is the full variety. @default 0.7 */
  readonly psi?: number;
  /** Layers from `from` on are those of another seed: colours and light, while the shape stays. */
  readonly mix?: { readonly seed: number; readonly from: number };
};

export type DragRequest = {
  readonly w: Float32Array;
  readonly points: readonly DragPoint[];
  readonly anchors?: readonly Point[];
  /**
   * What must stay, by pixel of the picture, row by row: 1 for fixed, 0 for what may change. The predictor is given
   * points of it as anchors, optimisations hold all of it: either way the picture may still change a little there, see
   * `maskChange`. A preview takes no notice of it.
   */
  readonly mask?: Float32Array;
  /** At most so many calls of the predictor. @default 4 */
  readonly calls?: number;
  /** How. @default 'predictor', and 'draggan' for a model without one */
  readonly method?: DragMethodName;
  /** A name under which the steps of the drag are told: see `SessionEvent`. */
  readonly watch?: string;
  /** Of a preview: where a whole picture takes long, a softer one of half the size will do, enlarged. @default false */
  readonly draft?: boolean;
};

/**
 * The predictor; the predictor and then a few steps of optimisation; or one of the optimisations that it takes the
 * place of.
 */
export type DragMethodName = 'predictor' | 'refined' | 'draggan' | 'freedrag';

export type DragOutcome = CodedPicture & {
  /** The motion: all codes from before the drag to the result. */
  readonly codes: readonly Float32Array[];
  readonly reached: readonly Point[];
  /** Mean distances of the handles to their targets, pixels. */
  readonly distanceBefore: number;
  readonly distanceAfter: number;
  readonly moved: boolean;
  readonly calls: number;
  /** Mean absolute change of what the mask fixes, in steps of a picture's 256; null without a mask. */
  readonly maskChange: number | null;
  readonly milliseconds: number;
};

export type CallOptions = {
  /** Rejects at once; what is being computed ends as soon as it can. */
  signal?: AbortSignal;
};

/**
 * What an editor needs of a model: pictures of codes, and codes of drags. It holds no history: every request brings the
 * code that it starts from, so that a session can be restarted, in a worker, on another backend or on another machine,
 * and nothing is lost. `createLocalSession` computes in this thread, `createWorkerSession` in a worker,
 * `createRemoteSession` wherever a `MessagePort` (or what looks like one) leads to.
 */
export type EditorSession = {
  /** Loads a model, or another one; settles when pictures can be made. The predictor may follow: see `SessionInfo`. */
  start(options?: StartOptions, call?: CallOptions): Promise<SessionInfo>;
  sample(request: SampleRequest, call?: CallOptions): Promise<CodedPicture>;
  render(w: Float32Array, call?: CallOptions): Promise<Picture>;
  /**
   * About what a drag would give, as fast as it can be had; its `draft` says whether a whole one is still to be had,
   * which a model without drafts never says. Null where a later preview or a drag was asked for
   * meanwhile.
   */
  preview(request: DragRequest, call?: CallOptions): Promise<Preview | null>;
  /** Waits for a predictor that is on its way. */
  drag(request: DragRequest, call?: CallOptions): Promise<DragOutcome>;
  /** @returns a function that ends the subscription */
  subscribe(listener: (event: SessionEvent) => void): () => void;
  /** Frees everything; requests that are under way are rejected. */
  dispose(): void;
};
