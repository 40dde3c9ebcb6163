import { stat } from 'node:fs/promises';

/** Whether there is a file at the path; links are followed. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
