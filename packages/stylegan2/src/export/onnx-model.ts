/** A tensor of a file: shape, and its numbers as they are stored. */
export type OnnxTensor = {
  readonly name: string;
  readonly shape: readonly number[];
  /** Float32 values, the bits of float16 values, or 64-bit integers. */
  readonly values: Float32Array | Uint16Array | BigInt64Array;
};

/** What an operation is told beside its inputs; whole numbers in a list, `alpha: [0.2]` for a fraction, or a word. */
export type OnnxAttribute =
  | { readonly integer: number }
  | { readonly float: number }
  | { readonly text: string }
  | {
      readonly integers: readonly number[];
    };

export type OnnxNode = {
  readonly operation: string;
  /** Names of inputs, of other nodes' outputs or of tensors */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
};

/** A float32 input or output. */
export type OnnxValue = { readonly name: string; readonly shape: readonly number[] };

export type OnnxModel = {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** In an order in which they can be computed */
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly metadata: Readonly<Record<string, string>>;
};
