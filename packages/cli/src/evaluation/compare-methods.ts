import { join } from 'node:path';
import {
  type DragMethod,
  dragMethods,
  landmarkMotions,
  loadLpips,
  loadUserControllableLt,
  recordKey,
  runEvaluation,
  type Shard,
  userControllableLtLabel,
  userControllableLtMethod,
} from '@autodrag/evaluation';
import { disposeParameters } from '@autodrag/nn';
import { type Context, numberOption, textOption, UsageError } from '../command.js';
import { registerGradients } from '../node/backends.js';
import { readWholeFile } from '../node/read-file.js';
import { prepareFolder } from '../node/write-file.js';
import { createProgress } from '../progress.js';
import { hashesOf } from './hashes-of.js';
import { openJudge } from './open-judge.js';
import { parseList, parsePoints } from './parse-lists.js';
import { appendRecord, continueRecords, hashOf, type MadeRecords, readFolders, recordsName } from './records-file.js';
import { type EvaluationSettings, keepSettings } from './settings-file.js';
import { writeReport } from './write-report.js';
import { writeSheets } from './write-sheets.js';

/** All that `--methods` takes. */
const methodNames = [...Object.keys(dragMethods), userControllableLtLabel.name];

/** `autodrag evaluate --methods …`: every method on the same drags, resumable, in shards if wanted. */
export async function compareMethods(context: Context): Promise<void> {
  const { values, io, json, quiet } = context;
  const methods = parseList(textOption(values, 'methods') ?? '', '--methods', methodNames);
  const points = parsePoints(textOption(values, 'points') ?? '1,5');
  const drags = numberOption(values, 'drags', 20, { min: 1, integer: true });
  const seed = numberOption(values, 'seed', 0, { min: 0, integer: true });
  const steps = numberOption(values, 'steps', 300, { min: 1, integer: true });
  const shard = parseShard(textOption(values, 'shard'));
  const out = textOption(values, 'out');
  if (out === undefined) throw new UsageError('evaluate: --methods needs a folder for its records: give -o DIR.');
  const lpipsFile = textOption(values, 'lpips');
  const rivalFile = textOption(values, 'uclt');
  if (methods.includes('uclt') && rivalFile === undefined) {
    throw new UsageError(
      "evaluate: --methods uclt needs a trained network: 'autodrag train user-controllable-lt -o DIR', then --uclt DIR/user-controllable-lt.safetensors.",
    );
  }
  await prepareFolder(out);

  const { autodrag, backend, judge, judgeName } = await openJudge(context);
  await registerGradients();
  const lpipsBytes = lpipsFile === undefined ? null : await readWholeFile(lpipsFile);
  const lpips = lpipsBytes ? loadLpips(lpipsBytes) : undefined;
  const rivalBytes = rivalFile === undefined ? null : await readWholeFile(rivalFile);
  const rival = rivalBytes ? await loadUserControllableLt(rivalBytes) : null;
  const known: Readonly<Record<string, DragMethod>> = {
    ...dragMethods,
    ...(rival ? { uclt: userControllableLtMethod(rival) } : {}),
  };
  const settings: EvaluationSettings = {
    weights: {
      ...(await hashesOf(textOption(values, 'model'))),
      ...(rivalBytes ? { uclt: hashOf(rivalBytes) } : {}),
    },
    size: Math.max(autodrag.width, autodrag.height),
    judge: judgeName,
    seed,
    drags,
    points: points.map(String),
    methods,
    steps,
    backend,
    perceptual: lpipsBytes ? `AlexNet of LPIPS, conv5, mean over places, ${hashOf(lpipsBytes)}` : null,
  };
  const progress = createProgress(io, { quiet: quiet || json });
  try {
    await keepSettings(out, settings);
    const path = join(out, recordsName(shard));
    const done = new Set((await continueRecords(path)).map(recordKey));
    // points of single pictures have no motions in common
    const motions = judge.tasks ? undefined : await landmarkMotions(autodrag, judge, { signal: io.signal });
    const share = shard ? Math.ceil((drags - shard.index + 1) / shard.of) : drags;
    const total = share * points.length * methods.length;
    const chosen = methods.map((name) => known[name]!);
    const run = runEvaluation(autodrag, judge, {
      ...{ methods: chosen, points, drags, seed, steps, shard, done, lpips, motions },
      signal: io.signal,
    });
    let made = done.size;
    for await (const record of run) {
      await appendRecord(path, record);
      progress.update(++made, total, `${record.method}, ${record.points} points`);
    }
    progress.end();
    if (!shard) {
      const all = await readFolders([out]);
      await report(context, out, all, await writeSheets(out, { autodrag, judge }, all, io.signal));
    }
  } finally {
    progress.end();
    lpips?.dispose();
    if (rival) disposeParameters(rival.parameters);
    autodrag.dispose();
  }
  if (shard) {
    io.out(
      json
        ? `${JSON.stringify({ out, shard })}\n`
        : `shard ${shard.index} of ${shard.of} is done: ${join(out, recordsName(shard))}\n`,
    );
  }
}

/** `autodrag evaluate --merge A,B,… -o DIR`: one report of the records of several folders, or of all shards in one. */
export async function mergeRecords(context: Context): Promise<void> {
  const folders = (textOption(context.values, 'merge') ?? '').split(',').filter(Boolean);
  const out = textOption(context.values, 'out');
  if (folders.length === 0 || out === undefined) {
    throw new UsageError('evaluate: --merge needs folders of records and where to write: --merge a,b -o DIR.');
  }
  await prepareFolder(out);
  const made = await readFolders(folders);
  await report(context, out, made, await sheetsOfMerged(context, out, made));
}

/** Sheets of merged records, where the model that made them is at hand. */
async function sheetsOfMerged(context: Context, out: string, made: MadeRecords): Promise<string[]> {
  const { values, io, json, quiet } = context;
  const { generator } = await hashesOf(textOption(values, 'model'));
  if (generator !== made.settings.weights.generator) {
    if (!quiet && !json) io.err('no sheet of pictures: the records were made by another model. --model names it.\n');
    return [];
  }
  const { autodrag, judge } = await openJudge(context);
  try {
    return await writeSheets(out, { autodrag, judge }, made, io.signal);
  } finally {
    autodrag.dispose();
  }
}

async function report(
  { io, json }: Context,
  out: string,
  { settings, records }: MadeRecords,
  sheets: readonly string[],
): Promise<void> {
  const expected = settings.drags * settings.points.length * settings.methods.length;
  const { files: tables, text } = await writeReport(out, settings, records);
  const files = [...tables, ...sheets];
  if (json) {
    io.out(`${JSON.stringify({ settings, records: records.length, expected, files })}\n`);
    return;
  }
  io.out(text);
  if (records.length < expected) io.out(`\n${records.length} of ${expected} drags are done: the table is of these.\n`);
  io.out(`\nwrote ${files.join(', ')}\n`);
}

function parseShard(text: string | undefined): Shard | undefined {
  if (text === undefined) return undefined;
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (!index || !of || index > of) throw new UsageError(`--shard: expected a number and a count, 3/16, got '${text}'.`);
  return { index, of };
}
