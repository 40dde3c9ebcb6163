import { join } from 'node:path';
import type { Autodrag } from '@autodrag/autodrag';
import type { RenderedDomain } from '@autodrag/rendered-domain';
import { type LandmarkDetectorParameters, loadLandmarkDetector } from '@autodrag/rendered-domain/detector';
import { type Context, textOption, UsageError } from '../command.js';
import { openModel } from '../commands/open-model.js';
import { domainName, type KnownDomain, openDomain } from '../domains.js';
import type { BackendName } from '../node/backends.js';
import { isFile } from '../node/is-file.js';
import { readSource } from '../node/read-source.js';

/** A model, the renderer that it was distilled from, and the detector of its landmarks. */
export type OpenedEvaluation = {
  readonly autodrag: Autodrag;
  readonly backend: BackendName;
  readonly domain: RenderedDomain;
  readonly detector: LandmarkDetectorParameters;
  readonly detectorBytes: Uint8Array;
};

/**
 * Opens what `--domain`, `--model`, `--detector` and `--backend` name.
 *
 * @throws UsageError where the domain comes without weights and none are named, or the generator is not one of it
 */
export async function openEvaluation(context: Context): Promise<OpenedEvaluation> {
  const { values } = context;
  const known = await openDomain(values);
  const { domain, weights } = known;
  if (!weights && textOption(values, 'model') === undefined) {
    throw new UsageError(
      `evaluate: the ${domain.name} come without a trained model. Give --model a folder with its weights: generator, regularizer, predictor and detector .safetensors.`,
    );
  }
  const file = await detectorFile(context, known);
  const { autodrag, backend } = await openModel(context);
  const { zDim } = autodrag.generator.config;
  if (zDim !== domain.latentDimensions) {
    throw new UsageError(
      `evaluate: the generator was not distilled from the ${domain.name}: its z has ${zDim} entries, theirs ${domain.latentDimensions}. --domain names another renderer.`,
    );
  }
  const detectorBytes = await readSource(file, 'detector');
  return { autodrag, backend, domain, detectorBytes, detector: await loadLandmarkDetector(detectorBytes, domain) };
}

/** `--detector`, else the one beside the model, else the one that comes with the domain. */
async function detectorFile({ values }: Context, { domain, detector }: KnownDomain): Promise<string | URL> {
  const given = textOption(values, 'detector');
  if (given !== undefined) return given;
  const folder = textOption(values, 'model');
  const beside = folder === undefined ? undefined : join(folder, 'detector.safetensors');
  if (beside !== undefined && (await isFile(beside))) return beside;
  if (detector) return detector;
  throw new UsageError(
    `evaluate: the ${domain.name} come without a landmark detector, and there is no detector.safetensors in ${folder}. Make one by 'autodrag train detector --domain ${domainName(values)} -o DIR', and name it by --detector.`,
  );
}
