import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cases } from './cases.js';
import { differenceBetween } from './differences.js';
import { places, Unavailable } from './places.js';
import type { Outcomes } from './run-cases.js';
import { type Row, tableOf } from './table.js';

/** Parts of the names of places, with commas between them; all if it is not set. */
const asked = process.env.AUTODRAG_BEHAVIOUR?.split(',');
const names = Object.keys(cases);
const rows: Row[] = [];
let reference: Outcomes;

beforeAll(async () => {
  reference = await places[0]!.run();
});
afterAll(() => console.log(`Behaviour, ${names.length} cases:\n${tableOf(rows)}`));

describe.each(places)('$name', ({ name, tolerance, run }) => {
  let got: Outcomes | null = null;
  let why = '';
  const shares: number[] = [];
  beforeAll(async () => {
    try {
      if (asked && !asked.some((part) => name.includes(part))) throw new Unavailable('not asked for');
      got = name === 'cpu' ? reference : await run();
    } catch (error) {
      why = (error as Error).message;
      if (!(error instanceof Unavailable)) throw error;
    }
  });
  afterAll(() => {
    const { length } = shares;
    rows.push({
      place: name,
      ran: got ? `${length === names.length ? 'all' : length}` : 'not run',
      worst: got ? `${Math.round(100 * Math.max(...shares))} % of ${tolerance}` : '',
      seconds: got ? got.seconds.toFixed(0) : '',
      why: why.split('\n')[0]!,
    });
  });

  test.for(names)('%s', (id, { skip }) => {
    if (!got) return skip(why);
    const actual = got.outcomes[id]!;
    const limit = tolerance * (cases[id]!.factor ?? 1);
    const difference = differenceBetween(actual, reference.outcomes[id]!);
    expect(difference).toBeLessThanOrEqual(limit);
    expect(actual).toHaveProperty('leaked', 0);
    shares.push(difference / limit);
  });
});
