/** What went wrong with a file, in words that a person knows. */
export function reason(error: unknown): string {
  const code = (error as { code?: string } | null)?.code;
  const words: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    EROFS: 'the file system is read-only',
    ENOENT: 'it does not exist',
    ENOTDIR: 'a file is in the way',
    EEXIST: 'a file is in the way',
    EISDIR: 'a folder is in the way',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'the file is too large for this system',
    EMFILE: 'too many files are open',
    ENAMETOOLONG: 'the name is too long',
  };
  return (code && words[code]) || (error instanceof Error ? error.message : String(error));
}

/** What to do about a file that cannot be written. */
export function writingWayOut(error: unknown): string {
  const code = (error as { code?: string } | null)?.code ?? '';
  return ['ENOSPC', 'EDQUOT'].includes(code)
    ? 'Make room and give the same command again; what was there before is unchanged.'
    : 'Choose a file in a folder that exists and that you may write to.';
}
