import * as tf from '@tensorflow/tfjs-core';
import { flattenParameters } from '../../tree/flatten-parameters.js';
import type { ParameterTree } from '../../tree/parameter-tree.js';
import { unflattenParameters } from '../../tree/unflatten-parameters.js';
import { type LoadedTensor, loadSafetensors } from '../../weights/load-safetensors.js';
import { saveSafetensors } from '../../weights/save-safetensors.js';
import type { Partials } from '../learning-curve.js';
import { settingsDifference } from '../settings-difference.js';
import { CheckpointMismatchError } from '../training-errors.js';
import type { MetricsRow, Settings } from '../training-types.js';
import { blankChecksum, checksumFault, sealChecksum } from './checkpoint-checksum.js';
import { readHistory, readPartial, readRecord, readStep, writeNumbers } from './checkpoint-fields.js';
import { DamagedCheckpoint } from './damaged-checkpoint.js';

/** All that a training needs to go on as if it had never stopped. The tensors belong to whoever holds the object. */
export type Checkpoint<P extends ParameterTree> = {
  /** Optimiser steps done. Everything random derives from `(seed, step)`, so this is the random state too. */
  readonly step: number;
  readonly parameters: P;
  readonly optimizer: ParameterTree;
  readonly history: readonly MetricsRow[];
  /** Sums of the row in progress. With them a stop in the middle of a row leaves no trace. */
  readonly partial: Partials;
};

/** Whose checkpoint it is. */
export type CheckpointIdentity = {
  readonly kind: string;
  readonly settings: Settings;
  /** SHA-256 of the weights that the training reads, by name. */
  readonly reads: Readonly<Record<string, string>>;
};

const format = 'autodrag-training-checkpoint';
const version = '1';
const fields = ['checksum', 'format', 'kind', 'partial', 'reads', 'settings', 'step', 'version'];

/** A safetensors file in float32 with a checksum over every byte of it. */
export async function encodeCheckpoint<P extends ParameterTree>(
  { kind, settings, reads }: CheckpointIdentity,
  { step, parameters, optimizer, history, partial }: Checkpoint<P>,
): Promise<Uint8Array> {
  // A learning curve may grow beyond what a header may hold.
  const rows = new TextEncoder().encode(writeNumbers(history));
  const tensors = {
    ...flattenParameters({ parameters, optimizer }),
    history: { dtype: 'uint8', shape: [rows.length], data: rows },
  };
  const bytes = await saveSafetensors(tensors, {
    dtype: 'float32',
    metadata: {
      format,
      version,
      kind,
      settings: JSON.stringify(settings),
      reads: JSON.stringify(reads),
      step: String(step),
      partial: writeNumbers(partial),
      checksum: blankChecksum,
    },
  });
  return sealChecksum(bytes);
}

export type ExpectedCheckpoint<P extends ParameterTree> = CheckpointIdentity & {
  readonly defaults?: Settings;
  readonly steps: number;
  /** Of the same shapes; only read. */
  readonly parameters: P;
  readonly optimizer: ParameterTree;
};

/** A checkpoint on the host, checked to the last field; `upload` makes its tensors. */
export type DecodedCheckpoint<P extends ParameterTree> = { readonly step: number; upload(): Checkpoint<P> };

/**
 * Reads what `encodeCheckpoint` wrote. Nothing in the bytes is trusted.
 *
 * @param name of the file, for messages
 * @throws DamagedCheckpoint if anything is not as it was written
 * @throws CheckpointMismatchError if it belongs to another training, other settings or other weights
 */
export async function decodeCheckpoint<P extends ParameterTree>(
  name: string,
  bytes: Uint8Array,
  expected: ExpectedCheckpoint<P>,
): Promise<DecodedCheckpoint<P>> {
  const { tensors: all, metadata } = await readWhole(bytes);
  checkIdentity(name, metadata, expected);
  const step = readStep(metadata.step!, expected.steps);
  const { history: rows, ...tensors } = all;
  const history = readHistory(rows, step);
  const partial = readPartial(metadata.partial!);
  const template = { parameters: expected.parameters, optimizer: expected.optimizer };
  checkTensors(tensors, template);
  return { step, upload: () => ({ step, history, partial, ...upload(tensors, template) }) };
}

/** What another training of the same kind had learned, on the host. */
export type DecodedParameters<P extends ParameterTree> = { readonly step: number; upload(): P };

/**
 * Of what `encodeCheckpoint` wrote the parameters alone, whatever its settings were.
 *
 * @param parameters of the same names and shapes; only read
 * @throws DamagedCheckpoint if anything is not as it was written, or of another shape
 * @throws CheckpointMismatchError if it belongs to a training of another kind
 */
export async function decodeParameters<P extends ParameterTree>(
  name: string,
  bytes: Uint8Array,
  { kind, parameters }: { readonly kind: string; readonly parameters: P },
): Promise<DecodedParameters<P>> {
  const { tensors, metadata } = await readWhole(bytes);
  checkKind('begin', name, metadata, kind);
  const own = Object.entries(tensors).filter(([key]) => key.startsWith('parameters.'));
  const template = { parameters };
  checkTensors(Object.fromEntries(own), template);
  const step = readStep(metadata.step!, Number.MAX_SAFE_INTEGER);
  return { step, upload: () => upload(Object.fromEntries(own), template).parameters };
}

function upload<T extends ParameterTree>(tensors: Readonly<Record<string, LoadedTensor>>, template: T): T {
  const flat = Object.entries(tensors).map(([key, { data, shape }]) => [key, tf.tensor(data as Float32Array, shape)]);
  return unflattenParameters(template, Object.fromEntries(flat));
}

/** Tensors and fields of a whole checkpoint. */
async function readWhole(bytes: Uint8Array) {
  const fault = await checksumFault(bytes);
  if (fault !== null) throw new DamagedCheckpoint(fault);
  const { tensors, metadata } = await asDamage(() => loadSafetensors(bytes));
  const names = Object.keys(metadata).sort();
  if (names.join() !== fields.join()) {
    throw new DamagedCheckpoint(`expected the fields ${fields.join(', ')}, got ${names.join(', ').slice(0, 200)}`);
  }
  if (metadata.format !== format || metadata.version !== version) {
    throw new DamagedCheckpoint(
      `expected '${format}' of version ${version}, got '${metadata.format?.slice(0, 100)}' of version ${metadata.version?.slice(0, 20)}`,
    );
  }
  return { tensors, metadata };
}

function checkKind(
  where: 'begin' | 'resume',
  name: string,
  metadata: Readonly<Record<string, string>>,
  kind: string,
): void {
  if (metadata.kind === kind) return;
  const wayOut = where === 'resume' ? 'Choose another output folder.' : `Begin with the folder of a ${kind} training.`;
  throw new CheckpointMismatchError(
    `${where}: ${name} is of a '${metadata.kind?.slice(0, 100)}' training, this is '${kind}'. ${wayOut}`,
  );
}

function checkIdentity(
  name: string,
  metadata: Readonly<Record<string, string>>,
  { kind, settings, reads, defaults = {} }: CheckpointIdentity & { readonly defaults?: Settings },
): void {
  checkKind('resume', name, metadata, kind);
  const changed = settingsDifference(readRecord('settings', metadata.settings!) as Settings, settings, defaults);
  if (changed.length > 0) {
    throw new CheckpointMismatchError(
      `resume: ${name} was written with other settings: ${changed.join('; ')}. ` +
        'Give the settings of the first run, or choose another output folder to start anew.',
    );
  }
  const stored = readRecord('reads', metadata.reads!);
  for (const model of new Set([...Object.keys(reads), ...Object.keys(stored)])) {
    if (stored[model] === reads[model]) continue;
    const short = (hash: unknown) => (typeof hash === 'string' ? `SHA-256 ${hash.slice(0, 12)}…` : 'none');
    throw new CheckpointMismatchError(
      `resume: ${name} was trained on another ${model}: ${short(stored[model])} in the checkpoint, ${short(reads[model])} now. ` +
        `Give the ${model} of the first run, or choose another output folder to start anew.`,
    );
  }
}

/** Names, shapes and types, before anything is uploaded. */
function checkTensors(tensors: Readonly<Record<string, LoadedTensor>>, template: ParameterTree): void {
  const expected = flattenParameters(template);
  for (const [name, { shape }] of Object.entries(expected)) {
    const found = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (!found) throw new DamagedCheckpoint(`it has no tensor '${name}'`);
    if (found.dtype !== 'float32' || found.shape.join() !== shape.join()) {
      throw new DamagedCheckpoint(
        `tensor '${name}': expected float32 [${shape.join(', ')}], got ${found.dtype} [${found.shape.join(', ')}]`,
      );
    }
  }
  const extra = Object.keys(tensors).find((name) => !Object.hasOwn(expected, name));
  if (extra !== undefined)
    throw new DamagedCheckpoint(`it has a tensor too many, ${JSON.stringify(extra.slice(0, 100))}`);
}

async function asDamage<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new DamagedCheckpoint((error as Error).message, { cause: error });
  }
}
