import * as tf from '@tensorflow/tfjs';
import type { Value, Values } from './case.js';
import { cases } from './cases.js';

/** What became of one case, as JSON can hold it: numbers that are none are null. */
export type Outcome =
  | { readonly values: Readonly<Record<string, string | readonly number[]>>; readonly leaked: number }
  | { readonly error: string };

export type Outcomes = { readonly seconds: number; readonly outcomes: Readonly<Record<string, Outcome>> };

/** Runs the list on the current backend, one case after the other. */
export async function runCases(names: readonly string[] = Object.keys(cases)): Promise<Outcomes> {
  const from = performance.now();
  const outcomes: Record<string, Outcome> = {};
  for (const name of names) outcomes[name] = await outcomeOf(name);
  return { seconds: (performance.now() - from) / 1000, outcomes };
}

async function outcomeOf(name: string): Promise<Outcome> {
  const before = tf.memory().numTensors;
  try {
    const given: Values = await cases[name]!.run();
    const values: Record<string, string | number[]> = {};
    for (const [key, value] of Object.entries(given)) values[key] = await read(value);
    return { values, leaked: tf.memory().numTensors - before };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** A tensor is freed. */
async function read(value: Value): Promise<string | number[]> {
  if (value instanceof tf.Tensor) {
    const numbers = [...(await value.data())];
    value.dispose();
    return numbers;
  }
  if (typeof value === 'number') return [value];
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : Array.from(value);
}
