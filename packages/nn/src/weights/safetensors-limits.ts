/**
 * What a safetensors file may hold, on reading and on writing. Real files stay far below (a shard of a large language
 * model has some thousand tensors); a header that was made to hurt does not get far.
 */
export const SAFETENSORS_LIMITS = {
  /** As the reference implementation has it. */
  headerBytes: 100_000_000,
  tensors: 20_000,
  rank: 16,
  nameBytes: 1024,
  metadataEntries: 10_000,
  metadataBytes: 10_000_000,
} as const;
