/**
 * The finding of a reader of safetensors alone, without its name and its advice: an error that quotes it has its own.
 */
export function whatIsWrong(error: unknown): string {
  const [finding = ''] = (error as Error).message.replace(/^\w+: /, '').split(/\. (?=[A-Z])/);
  return finding.replace(/\.$/, '');
}
