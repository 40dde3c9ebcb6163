import { printable, quote } from '@autodrag/nn';
import { blockResolutions } from '../block-resolutions.js';
import { blockSize } from '../block-size.js';
import type { StyleGan2Config } from '../config.js';
import { StyleGan2ConfigError } from '../errors.js';
import { numWs } from '../num-ws.js';
import type { StyleGan2Parameters } from '../parameters.js';
import { styleGan2Config } from '../style-gan2-config.js';
import { encodeOnnx } from './encode-onnx.js';
import { createGraph } from './graph.js';
import { mappingGraph } from './mapping-graph.js';
import type { OnnxValue } from './onnx-model.js';
import { synthesisGraph } from './synthesis-graph.js';

export type ExportOnnxOptions = {
  /**
   * Whether the mapping network is in the file: its input is then `z` (and `c`), otherwise `ws`.
   * @default false
   */
  mapping?: boolean;
  /**
   * Truncation of the mapping network; it is fixed in the file.
   * @default 1
   */
  truncationPsi?: number;
  /**
   * Truncate only so many leading layers; `null` for all.
   * @default null
   */
  truncationCutoff?: number | null;
  /**
   * Pictures that are computed at once; it is fixed in the file.
   * @default 1
   */
  batch?: number;
  /**
   * The fixed noise maps, or none.
   * @default 'const'
   */
  noise?: 'const' | 'none';
  /**
   * Heights of the blocks whose features are outputs, too.
   * @default []
   */
  features?: readonly number[];
  /**
   * How weights are stored. float16 halves the file; they are float32 again as soon as it is loaded.
   * @default 'float32'
   */
  dtype?: 'float32' | 'float16';
};

/** What protocol buffers can hold. */
const LARGEST_FILE = 2 ** 31 - 1;
const LARGEST_BATCH = 1024;

/**
 * A generator as an ONNX file (opset 13), channels first as in PyTorch. Everything that does not depend on the picture
 * is computed here: gains are in the weights, energies of the demodulation and noise times its strength are stored.
 *
 * Inputs: `ws [batch, numWs, wDim]`; with `mapping` instead `z [batch, zDim]` and, for a conditional generator, `c
 * [batch, cDim]`. Outputs: `image [batch, imageChannels, height, width]`, nominally in [-1, 1] and not clamped; with
 * `mapping` also `ws`; for each of `features` a `features_<height> [batch, channels, height, width]`.
 *
 * @returns the whole file
 * @throws StyleGan2ConfigError if an option does not go with the generator, or the file would be larger than ONNX
 * allows
 */
export async function exportOnnx(
  config: StyleGan2Config,
  parameters: StyleGan2Parameters,
  options: ExportOnnxOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const checked = styleGan2Config(config);
  const { mapping, truncationPsi, truncationCutoff, batch, noise, features, dtype } = checkOptions(checked, options);
  const graph = createGraph({ float16: dtype === 'float16' });
  const wsValue: OnnxValue = { name: 'ws', shape: [batch, numWs(checked), checked.wDim] };
  const inputs: OnnxValue[] = mapping ? [{ name: 'z', shape: [batch, checked.zDim] }] : [wsValue];
  if (mapping && checked.cDim > 0) inputs.push({ name: 'c', shape: [batch, checked.cDim] });
  if (mapping) {
    const c = checked.cDim > 0 ? 'c' : null;
    const mapped = await mappingGraph(graph, parameters, checked, ['z', c], { truncationPsi, truncationCutoff });
    graph.apply('Identity', [mapped], {}, 'ws');
  }
  const widths = await synthesisGraph(graph, parameters, checked, 'ws', {
    batch,
    noise,
    features: new Map(features.map((height) => [height, `features_${height}`])),
    image: 'image',
  });
  const bytes = graph.tensors.reduce((sum, { values }) => sum + values.byteLength, 0);
  if (bytes > LARGEST_FILE) {
    throw new StyleGan2ConfigError(
      `exportOnnx: an ONNX file holds 2 GiB, the weights take ${bytes} bytes. Pass dtype 'float16' for half of it.`,
    );
  }
  const image = { name: 'image', shape: [batch, checked.imageChannels, ...blockSize(checked, checked.resolution)] };
  return encodeOnnx({
    name: 'StyleGAN2',
    inputs,
    outputs: [
      image,
      ...(mapping ? [wsValue] : []),
      ...features.map((height) => ({
        name: `features_${height}`,
        shape: [batch, widths[height]!, ...blockSize(checked, height)],
      })),
    ],
    nodes: graph.nodes,
    tensors: graph.tensors,
    metadata: { config: JSON.stringify(checked) },
  });
}

function checkOptions(config: StyleGan2Config, options: ExportOnnxOptions): Required<ExportOnnxOptions> {
  const {
    mapping = false,
    truncationPsi = 1,
    truncationCutoff = null,
    batch = 1,
    noise = 'const',
    features = [],
    dtype = 'float32',
  } = options;
  const fail = (option: keyof ExportOnnxOptions, rule: string, got: unknown): never => {
    const shown = typeof got === 'string' ? quote(got) : printable(got as number);
    throw new StyleGan2ConfigError(`exportOnnx: ${option}: expected ${rule}, got ${shown}`);
  };
  if (!Number.isFinite(truncationPsi)) fail('truncationPsi', 'a finite number', truncationPsi);
  if (!mapping && truncationPsi !== 1) {
    fail('truncationPsi', '1 without the mapping network, which it is part of (pass mapping: true)', truncationPsi);
  }
  if (truncationCutoff !== null && !(Number.isInteger(truncationCutoff) && truncationCutoff >= 0)) {
    fail('truncationCutoff', 'an integer, 0 or more, or null', truncationCutoff);
  }
  if (!(Number.isInteger(batch) && batch >= 1 && batch <= LARGEST_BATCH)) {
    fail('batch', `an integer from 1 to ${LARGEST_BATCH}`, batch);
  }
  if (noise !== 'const' && noise !== 'none') {
    fail('noise', "'const' or 'none' (an exported graph draws no noise)", noise);
  }
  if (dtype !== 'float32' && dtype !== 'float16') fail('dtype', "'float32' or 'float16'", dtype);
  const resolutions = blockResolutions(config);
  for (const height of features) {
    if (!resolutions.includes(height)) fail('features', `heights of blocks, ${resolutions.join(', ')}`, height);
  }
  return { mapping, truncationPsi, truncationCutoff, batch, noise, features: [...new Set(features)], dtype };
}
