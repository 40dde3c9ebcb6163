import { readdirSync, readFileSync } from 'node:fs';

/** All processes below one; none where /proc does not tell. */
export function processesBelow(root: number): number[] {
  if (process.platform !== 'linux') return [];
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(name)[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i] as number) ?? []));
  return tree.slice(1);
}

/** Resident pages, shared ones counted for each process. */
export function pagesOf(tree: readonly number[]): number {
  return tree.reduce((sum, pid) => sum + Number(readProc(`/proc/${pid}/statm`).split(' ')[1] ?? 0), 0);
}

/** Bytes of memory, each shared page divided by those who share it. */
export function memoryOf(tree: readonly number[]): number {
  const kilobytes = (pid: number) => Number(/^Pss:\s*(\d+)/m.exec(readProc(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  return tree.reduce((sum, pid) => sum + 1024 * kilobytes(pid), 0);
}

/** Milliseconds of processor time; the kernel counts hundredths of a second. */
export function processorTimeOf(tree: readonly number[]): number {
  return tree.reduce((sum, pid) => {
    const fields = statOf(String(pid));
    return sum + 10 * (Number(fields[11] ?? 0) + Number(fields[12] ?? 0));
  }, 0);
}

/** What /proc says of a process, from its state on: the name before it may hold spaces. */
function statOf(pid: string): string[] {
  return readProc(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended, or is another user's
  }
}
