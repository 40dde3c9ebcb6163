// Writes a generator, a regularizer and a predictor of a few thousand random weights that fit one another: node
// tiny-model.mjs FOLDER
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  channelStatistics,
  createLatentPredictorParameters,
  latentPredictorConfig,
  saveLatentPredictor,
} from '@autodrag/latent-predictor';
import {
  createLatentRegularizerParameters,
  latentRegularizerConfig,
  saveLatentRegularizer,
} from '@autodrag/latent-regularizer';
import { createRandom } from '@autodrag/nn';
import {
  channelsAt,
  createGenerator,
  createStyleGan2Parameters,
  numWs,
  saveStyleGan2,
  styleGan2Config,
} from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from 'autodrag';

const folder = process.argv[2];
await useBackend('wasm');
const random = createRandom(1);
const [resolution, wDim] = [32, 8];
const config = styleGan2Config({ resolution, zDim: 8, wDim, mappingLayers: 2, channelBase: 256, channelMax: 8 });
const generator = createGenerator(config, createStyleGan2Parameters(random.fork('generator'), config));
const ws = generator.mapping(random.fork('z').normalTensor([8, 8]));
const codes = channelStatistics(ws);
const features = channelStatistics(generator.features(ws, resolution).features[resolution]);

const sizes = { numWs: numWs(config), wDim, width: 16, heads: 2, feedForward: 16, encoderLayers: 1, decoderLayers: 1 };
const regularizer = latentRegularizerConfig('compact', { ...sizes, editedLayers: 6 });
const predictor = latentPredictorConfig('compact', {
  ...sizes,
  editedLayers: 6,
  imageResolution: resolution,
  featureResolution: resolution,
  featureChannels: channelsAt(config, resolution),
  stemChannels: 8,
  patchSize: 3,
  maxPoints: 6,
});
const regularizerWeights = createLatentRegularizerParameters(random.fork('regularizer'), regularizer, codes);
const fresh = createLatentPredictorParameters(random.fork('predictor'), predictor, { codes, features });
// a fresh head leaves codes where they are: this one moves them
const predictorWeights = { ...fresh, head: { ...fresh.head, weight: tf.mul(fresh.head.weight, 100) } };

mkdirSync(folder, { recursive: true });
const write = (name, bytes) => writeFileSync(join(folder, `${name}.safetensors`), bytes);
write('generator', await saveStyleGan2(config, generator.parameters, { dtype: 'float16' }));
write('regularizer', await saveLatentRegularizer(regularizer, regularizerWeights, { dtype: 'float16' }));
write('predictor', await saveLatentPredictor(predictor, predictorWeights, { dtype: 'float16' }));
