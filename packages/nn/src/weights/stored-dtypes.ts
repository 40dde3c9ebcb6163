/** How numbers are stored in a file. `int64` and `float64` are narrowed on reading: see `LoadedTensor`. */
export type StoredDtype =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

const DTYPES: ReadonlyMap<string, { dtype: StoredDtype; bytes: number }> = new Map([
  ['F64', { dtype: 'float64', bytes: 8 }],
  ['F32', { dtype: 'float32', bytes: 4 }],
  ['F16', { dtype: 'float16', bytes: 2 }],
  ['BF16', { dtype: 'bfloat16', bytes: 2 }],
  ['I64', { dtype: 'int64', bytes: 8 }],
  ['U64', { dtype: 'uint64', bytes: 8 }],
  ['I32', { dtype: 'int32', bytes: 4 }],
  ['U32', { dtype: 'uint32', bytes: 4 }],
  ['I16', { dtype: 'int16', bytes: 2 }],
  ['U16', { dtype: 'uint16', bytes: 2 }],
  ['I8', { dtype: 'int8', bytes: 1 }],
  ['U8', { dtype: 'uint8', bytes: 1 }],
  ['BOOL', { dtype: 'bool', bytes: 1 }],
]);

/** The names that a header uses, for messages. */
export const DTYPE_NAMES = [...DTYPES.keys()].join(', ');

export function dtypeOf(name: string): { dtype: StoredDtype; bytes: number } | undefined {
  return DTYPES.get(name);
}
