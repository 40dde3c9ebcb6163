/** One place, as the table has it. */
export type Row = {
  readonly place: string;
  /** How many cases were as on cpu, or that none ran. */
  readonly ran: string;
  /** The largest difference, of what is allowed. */
  readonly worst: string;
  readonly seconds: string;
  /** Why it did not run. */
  readonly why: string;
};

/** A table in Markdown whose columns stand under one another. */
export function tableOf(rows: readonly Row[]): string {
  const heads: Row = { place: 'where', ran: 'as on cpu', worst: 'largest difference', seconds: 's', why: 'why not' };
  const keys = Object.keys(heads) as (keyof Row)[];
  const widths = keys.map((key) => Math.max(...[heads, ...rows].map((row) => row[key].length)));
  const line = (row: Row) => `| ${keys.map((key, i) => row[key].padEnd(widths[i]!)).join(' | ')} |`;
  return [line(heads), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}
