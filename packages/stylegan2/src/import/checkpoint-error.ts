import { AutodragError } from '@autodrag/nn';

/** What went wrong, for programs: these strings are stable. */
export type CheckpointErrorCode =
  /** Neither a checkpoint of a known kind nor a known other thing. */
  | 'CHECKPOINT_UNRECOGNISED'
  /** Recognised, and refused by name: StyleGAN3, StyleGAN-XL, a web page, a Git LFS pointer … */
  | 'CHECKPOINT_UNSUPPORTED'
  /** The file ends before its content does. */
  | 'CHECKPOINT_TRUNCATED'
  /** The bytes break the rules of their own format. */
  | 'CHECKPOINT_MALFORMED'
  /** A pickle names a global outside the closed list. */
  | 'CHECKPOINT_FORBIDDEN_GLOBAL'
  /** A size, depth or count is beyond what the file's own length allows. */
  | 'CHECKPOINT_LIMIT'
  /** A tensor that StyleGAN2 needs is absent, or one that it does not have is present. */
  | 'CHECKPOINT_TENSOR'
  /** The source could not be read (network, file system, unsupported argument). */
  | 'CHECKPOINT_SOURCE'
  /** Stopped by the caller's signal. */
  | 'CHECKPOINT_ABORTED';

export type CheckpointErrorDetails = {
  /** Byte offset in the file, where one is known. */
  offset?: number;
  /** What stood there. */
  found?: string;
  /** What to do about it: a full sentence. */
  wayOut?: string;
  cause?: unknown;
  /** The function that speaks. @default 'importStyleGan2' */
  where?: string;
};

/**
 * The only error that reading a checkpoint throws. The message says the rule, what was found, where, and the way out.
 */
export class CheckpointError extends AutodragError {
  override readonly name = 'CheckpointError';

  declare readonly code: CheckpointErrorCode;
  readonly offset: number | undefined;
  readonly found: string | undefined;

  constructor(
    code: CheckpointErrorCode,
    rule: string,
    { offset, found, wayOut, cause, where = 'importStyleGan2' }: CheckpointErrorDetails = {},
  ) {
    const place = offset === undefined ? '' : ` (at byte ${offset})`;
    const got = found === undefined ? '' : `, found ${found}`;
    super(code, `${where}: ${rule}${got}${place}.${wayOut === undefined ? '' : ` ${wayOut}`}`, { cause });
    this.offset = offset;
    this.found = found;
  }
}
