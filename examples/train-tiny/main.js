import { trainPredictor, trainRegularizer } from '@autodrag/autodrag/training';
import { createRandom } from '@autodrag/nn';
import { createGenerator, createStyleGan2Parameters, styleGan2Config } from '@autodrag/stylegan2';
import '@tensorflow/tfjs'; // the gradients
import { createFileStore, prepareFolder, registerGradients, useBackend } from 'autodrag';

const steps = Number(process.argv[2] ?? 20);
await useBackend('wasm'); // 'node' is several times faster, where it is installed
await registerGradients();

const config = styleGan2Config({
  resolution: 32,
  channelBase: 256,
  channelMax: 16,
  zDim: 16,
  wDim: 16,
  mappingLayers: 2,
});
const generator = createGenerator(config, createStyleGan2Parameters(createRandom(1), config));

/** @param {AsyncIterable<import('@autodrag/autodrag/training').TrainingProgress>} progress */
async function show(progress) {
  for await (const { step, steps: all, metrics } of progress)
    console.log(`${step}/${all}`, metrics.loss?.toFixed(4) ?? '');
}

// Stage 1 feeds stage 2. Stopped and started again, both go on from their checkpoints in these folders.
const stage1 = trainRegularizer({
  generator,
  steps,
  batchSize: 4,
  store: createFileStore(await prepareFolder('out/regularizer')),
});
await show(stage1.progress);
const stage2 = trainPredictor({
  generator,
  regularizer: await stage1.result,
  steps,
  motions: 2,
  drags: 2,
  store: createFileStore(await prepareFolder('out/predictor')),
});
await show(stage2.progress);
const { parameters } = await stage2.result;
console.log('trained:', Object.keys(parameters).join(', '));
