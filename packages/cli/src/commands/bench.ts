import { availableParallelism, loadavg } from 'node:os';
import { PRESETS, type StyleGan2Config, type StyleGan2PresetName, styleGan2Config } from '@autodrag/stylegan2';
import { browserBackends, measureInChromium } from '../bench/chromium.js';
import { measureDrag } from '../bench/measure-drag.js';
import { type GeneratorMeasurement, measureGenerator } from '../bench/measure-generator.js';
import type { WorkFigures } from '../bench/measure-in-turns.js';
import {
  type Command,
  type Context,
  choiceOption,
  modelOptions,
  numberOption,
  textOption,
  UsageError,
  type Values,
} from '../command.js';
import { backendNames, useBackend } from '../node/backends.js';
import { readWholeFile } from '../node/read-file.js';
import { createProgress, formatDuration } from '../progress.js';
import { openModel } from './open-model.js';

export const benchCommand: Command = {
  name: 'bench',
  summary: 'measure time and memory on this machine',
  usage: '[--config NAME] [--browser] [--backend NAME]',
  details:
    'Without --config: one full pass of the generator (the floor of every edit), drags of one and many points in one call\nand in several, a preview, and the parts that they are made of, in turns, and how many passes each is worth. With --config: mapping and synthesis of a generator of that size with\nrandom weights, batch 1, fixed noise: the first pass, with what the backend compiles or packs meanwhile, then the\nmedian of the others. With --browser: the same in a headless Chromium or Chrome that is installed (CHROMIUM_PATH\nnames another), on a GPU if it finds one. Memory is the highest of all that the process, or the browser with all its\nprocesses, held at one time.',
  options: {
    config: {
      type: 'string',
      value: 'NAME',
      help: 'a preset of @autodrag/stylegan2 such as config-f-512, or a FILE.json with such a configuration',
    },
    browser: { type: 'boolean', help: 'measure the generator of --config in Chromium' },
    threads: {
      type: 'string',
      value: 'N',
      help: 'with --browser --backend wasm; half of the logical cores by default, 1 where there are fewer than 4',
    },
    passes: { type: 'string', value: 'N', help: 'timed after the first one; 3 by default, 11 without --config' },
    seed: { type: 'string', short: 's', value: 'N', help: 'of weights and picture; 7 by default' },
    ...modelOptions,
    backend: {
      type: 'string',
      value: 'NAME',
      help: 'wasm (default), node, cuda, webgpu or cpu; with --browser webgl (default), webgpu or wasm',
    },
  },
  examples: [
    'autodrag bench',
    'autodrag bench --backend node --passes 30 --json',
    'autodrag bench --config config-f-512',
    'autodrag bench --config config-f-512 --browser',
    'autodrag bench --config ffhq-512 --browser --backend webgpu --passes 10',
    'autodrag bench --config auto-256 --browser --backend wasm --threads 2',
  ],
  async run(context) {
    const { values, positionals, io, json, quiet } = context;
    if (positionals.length) throw new UsageError(`bench: it takes no files, got '${positionals[0]}'.`);
    const name = textOption(values, 'config');
    const passes = numberOption(values, 'passes', name === undefined ? 11 : 3, { min: 1, max: 10_000, integer: true });
    const threads = readThreads(values);
    const seed = numberOption(values, 'seed', 7, { min: 0, max: 2 ** 32 - 1, integer: true });
    if (values.browser && name === undefined) {
      throw new UsageError('--browser: it measures a generator: name one, as in --config config-f-512.');
    }
    if (name !== undefined && values.model !== undefined)
      throw new UsageError('bench: give --config or --model, not both.');
    const config = name === undefined ? null : await configOf(name);
    const backend = values.browser ? choiceOption(values, 'backend', browserBackends, 'webgl') : nodeBackend(context);
    const machine = { cores: availableParallelism(), load: loadavg()[0] as number };
    const progress = createProgress(io, { quiet: quiet || json, interval: 1000 });
    const options = { seed, passes, signal: io.signal, onProgress: progress.update };
    let figures: object;
    let lines: [string, string][];
    try {
      if (!config) {
        const { autodrag } = await openModel(context);
        try {
          // one thread: processor time, which other programs disturb less; several threads are there to save time
          const clock = backend === 'wasm' || backend === 'cpu' ? { processorTime } : {};
          const measurement = await measureDrag(autodrag, { ...options, ...clock });
          const { width, height, calls, edits, parts, tensorBytes } = measurement;
          const memory = { residentBytes: peakOfProcess(), tensorBytes };
          const kind = 'processorTime' in clock ? 'processor time' : 'time';
          figures = { ...measurement, ...memory, clock: kind, device: await deviceOf(backend) };
          lines = [
            ['model', `${width} × ${height}`],
            ['peak memory', memoryText(memory)],
            ['', `milliseconds of ${kind}; passes of the generator (95 % interval)`],
            ...[...edits, ...parts].map((figure): [string, string] => [
              figure.name.endsWith('calls') ? `${figure.name} (${calls})` : figure.name,
              workText(figure),
            ]),
          ];
        } finally {
          autodrag.dispose();
        }
      } else if (values.browser) {
        const run = { backend: backend as (typeof browserBackends)[number], config, seed, passes, threads };
        const { measurement, device, residentBytes } = await measureInChromium(run, options);
        figures = { config: name, ...measurement, residentBytes, device };
        lines = generatorLines(measurement, residentBytes);
      } else {
        await useBackend(backend);
        const measurement = await measureGenerator(config, { ...options, processorTime });
        const residentBytes = peakOfProcess();
        figures = {
          config: name,
          ...measurement,
          residentBytes,
          device: await deviceOf(backend),
        };
        lines = generatorLines(measurement, residentBytes);
      }
    } finally {
      progress.end();
    }
    if (json) {
      io.out(`${JSON.stringify({ backend, browser: values.browser === true, seed, machine, ...figures })}\n`);
      return;
    }
    const { device } = figures as { device: string };
    const where = values.browser ? 'Chromium' : `Node ${process.version}`;
    const all: [string, string][] = [
      ...(name === undefined ? [] : ([['generator', `${name}, random weights of seed ${seed}`]] as [string, string][])),
      ['backend', `${backend} in ${where}${device ? `: ${device}` : ''}`],
      ['machine', `${machine.cores} cores, load ${machine.load.toFixed(1)} before the measurement`],
      ...lines,
    ];
    const width = Math.max(...all.map(([title]) => title.length)) + 2;
    for (const [title, text] of all) io.out(`${title.padEnd(width)}${text}\n`);
  },
};

/** @throws UsageError where nothing would take them */
function readThreads(values: Values): number | undefined {
  if (values.threads === undefined) return undefined;
  if (values.browser && values.backend === 'wasm')
    return numberOption(values, 'threads', 1, { min: 1, max: 64, integer: true });
  throw new UsageError('bench: --threads: only with --browser --backend wasm.');
}

/** @throws UsageError naming the presets; FileError; StyleGan2ConfigError naming what a file's configuration breaks */
async function configOf(name: string): Promise<StyleGan2Config> {
  if (Object.hasOwn(PRESETS, name)) return styleGan2Config(name as StyleGan2PresetName);
  if (!name.endsWith('.json')) {
    throw new UsageError(
      `--config: no preset is called '${name}'. There are: ${Object.keys(PRESETS).join(', ')}. A configuration of your own: --config FILE.json.`,
    );
  }
  const text = new TextDecoder().decode(await readWholeFile(name));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--config: '${name}' is not JSON: ${(error as Error).message}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`--config: '${name}': expected an object such as {"resolution": 64, "channelMax": 128}.`);
  }
  return styleGan2Config(value as Partial<StyleGan2Config>);
}

function nodeBackend({ values }: Context): string {
  const backend = textOption(values, 'backend') ?? 'wasm';
  if (backend === 'webgl') throw new UsageError("--backend: webgl is a browser's: add --browser.");
  return choiceOption(values, 'backend', backendNames, 'wasm');
}

/** What computes, where it can be told. */
async function deviceOf(backend: string): Promise<string> {
  if (backend !== 'wasm') return '';
  const { env } = await import('@tensorflow/tfjs-core');
  const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  const simd = await env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const threads = getThreadsCount();
  return `${simd ? 'SIMD' : 'no SIMD'}, ${threads} thread${threads === 1 ? '' : 's'}`;
}

function generatorLines(measurement: GeneratorMeasurement, residentBytes: number | null): [string, string][] {
  const { width, height, parameters, work, weights, first, passes, median, tensorBytes, gpuBytes, finite } =
    measurement;
  return [
    [
      'size',
      `${width} × ${height}, ${(parameters / 1e6).toFixed(2)} M parameters, ${(work / 1e9).toFixed(1)} GFLOP a pass`,
    ],
    ['making the weights', formatDuration(weights)],
    ['first pass', formatDuration(first)],
    [
      `median of ${passes.length} more`,
      `${formatDuration(median)} (${formatDuration(Math.min(...passes))} to ${formatDuration(Math.max(...passes))}), ${measurement.processorTime === null ? '' : `${formatDuration(measurement.processorTime)} of processor time, `}${(work / 1e6 / median).toFixed(1)} GFLOP/s`,
    ],
    ['peak memory', memoryText({ residentBytes, tensorBytes, gpuBytes })],
    ...(finite ? [] : ([['warning', 'the picture has values that are not finite']] as [string, string][])),
  ];
}

type Memory = { residentBytes: number | null; tensorBytes: number; gpuBytes?: number | null };

function memoryText({ residentBytes, tensorBytes, gpuBytes }: Memory): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  return [
    ...(residentBytes === null ? [] : [`${megabytes(residentBytes)} resident`]),
    `${megabytes(tensorBytes)} of tensors`,
    ...(gpuBytes ? [`${megabytes(gpuBytes)} of textures or buffers kept by the backend`] : []),
  ].join(', ');
}

/** Milliseconds of processor time of all threads of this process. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Bytes that this process had resident at most. */
function peakOfProcess(): number {
  return Math.max(1024 * process.resourceUsage().maxRSS, process.memoryUsage.rss());
}

function workText({ milliseconds, ratio, interval: [low, high] }: WorkFigures): string {
  return `${milliseconds.toFixed(1).padStart(8)} ${ratio.toFixed(2).padStart(6)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}
