import { basename } from 'node:path';
import { defaultWeights } from '@autodrag/avatars';
import { countParameters, isAutodragError, loadSafetensors, printable, quote, WeightFileError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type Command, modelOptions, textOption } from '../command.js';
import { installedBackends } from '../node/backends.js';
import { readWholeFile } from '../node/read-file.js';
import { readSource } from '../node/read-source.js';
import { version } from '../version.js';
import { modelFiles } from './open-model.js';

export const infoCommand: Command = {
  name: 'info',
  summary: 'print versions, backends, and what is in weight files',
  usage: '[FILE.safetensors …]',
  takesArguments: true,
  details: 'Without files: about the default avatars, or the folder of --model.',
  options: { ...modelOptions },
  examples: [
    'autodrag info',
    'autodrag info --model ffhq/',
    'autodrag info runs/predictor/predictor.safetensors --json',
  ],
  async run({ values, positionals, io, json }) {
    const weights: WeightInfo[] = [];
    let missing: string | null = null;
    const folder = textOption(values, 'model');
    if (positionals.length) {
      for (const path of positionals) weights.push(await describeWeights(path, await readWholeFile(path)));
    } else if (folder !== undefined) {
      for (const path of Object.values(await modelFiles(folder))) {
        if (path) weights.push(await describeWeights(path, await readWholeFile(path)));
      }
    } else {
      try {
        for (const [name, source] of Object.entries(defaultWeights)) {
          weights.push(await describeWeights(`${name} (avatars)`, await readSource(source, name)));
        }
      } catch (error) {
        if (!isAutodragError(error)) throw error;
        missing = error.message;
      }
    }
    const about = {
      version: version(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      tfjs: tf.version_core,
      backends: installedBackends(),
      weights,
    };
    if (json) {
      io.out(`${JSON.stringify(about)}\n`);
      return;
    }
    io.out(
      `autodrag ${about.version}, TensorFlow.js ${about.tfjs}, Node ${about.node}, ${about.platform}\n\nbackends\n`,
    );
    for (const { name, installed, needs } of about.backends) {
      io.out(`  ${name.padEnd(8)}${installed ? 'installed' : `npm install ${needs}`}\n`);
    }
    io.out('\nweights\n');
    if (missing) io.out(`  ${missing}\n`);
    for (const { name, kind, parameters, bytes, dtypes, config } of weights) {
      io.out(
        `  ${name}: ${kind}, ${millions(parameters)} numbers, ${dtypes.join(' and ')}, ${(bytes / 1e6).toFixed(2)} MB\n`,
      );
      if (config) io.out(`    ${summary(config)}\n`);
    }
  },
};

type WeightInfo = {
  name: string;
  kind: string;
  bytes: number;
  parameters: number;
  dtypes: string[];
  config: Record<string, unknown> | null;
  metadata: Record<string, string>;
};

async function describeWeights(path: string, bytes: Uint8Array): Promise<WeightInfo> {
  let file: Awaited<ReturnType<typeof loadSafetensors>>;
  try {
    file = await loadSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof WeightFileError)) throw error;
    throw new WeightFileError(`info: ${quote(path, { longest: 300 })}: ${error.message}`, { cause: error });
  }
  const { tensors, metadata } = file;
  const { config, kind, format, ...rest } = metadata;
  return {
    name: printable(basename(path), { longest: 200 }),
    kind: printable(kind ?? format ?? (config?.includes('"zDim"') ? 'stylegan2' : 'safetensors of unknown kind')),
    bytes: bytes.length,
    parameters: countParameters(tensors),
    dtypes: [...new Set(Object.values(tensors).map(({ dtype }) => dtype))],
    config: parseConfig(config),
    metadata: Object.fromEntries(
      Object.entries(rest)
        .slice(0, 100)
        .map(([key, value]) => [printable(key), printable(value, { longest: 1000 })]),
    ),
  };
}

function parseConfig(text: string | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

function summary(config: Record<string, unknown>): string {
  return Object.entries(config)
    .slice(0, 40)
    .map(([key, value]) => `${printable(key)} ${printable(JSON.stringify(value))}`)
    .join(', ');
}

function millions(count: number): string {
  return count >= 1e6 ? `${(count / 1e6).toFixed(2)} M` : count.toLocaleString('en');
}
